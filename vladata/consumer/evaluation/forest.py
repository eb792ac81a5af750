"""A plot of differences between policies: each difference with its interval, and a line at zero."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

WIDE, LEFT, LINE, TOP = 760, 330, 18, 8  # pixels


def forest(differences: Sequence[Mapping[str, Any]]) -> str:
    """Return an SVG with an axis from -100 to 100 percentage points; "" for no differences."""
    if not differences:
        return ""
    bottom = TOP + LINE * len(differences)
    parts = [
        f'<line x1="{_x(at):.1f}" x2="{_x(at):.1f}" y1="{TOP}" y2="{bottom}" stroke="{"currentColor" if at == 0 else "#8884"}"/>'
        f'<text x="{_x(at):.1f}" y="{bottom + 14}" font-size="11" text-anchor="middle">{100 * at:+.0f}</text>'
        for at in (-1, -0.5, 0, 0.5, 1)
    ]
    for number, each in enumerate(differences):
        y = TOP + LINE * (number + 0.5)
        said = escape(f"{each['first']} minus {each['second']}, {each['suite']}")
        parts.append(
            f'<text x="{LEFT - 12}" y="{y + 4:.1f}" font-size="11" text-anchor="end">{said}</text>'
            f'<line x1="{_x(each["low"]):.1f}" x2="{_x(each["high"]):.1f}" y1="{y}" y2="{y}" stroke="currentColor"/>'
            f'<circle cx="{_x(each["mean"]):.1f}" cy="{y}" r="3.5" fill="#4e79a7">'
            f"<title>{100 * each['mean']:+.1f}</title></circle>"
        )
    return f'<svg viewBox="0 0 {WIDE} {bottom + 20}" role="img" width="100%">{"".join(parts)}</svg>'


def _x(share: float) -> float:
    return LEFT + (WIDE - LEFT - 16) * (share + 1) / 2
