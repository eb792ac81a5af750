"""Results as one HTML page that needs no other file and no network: plots as SVG, tables, embedded films."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from vladata.consumer.evaluation.forest import forest

COLOURS = ("#4e79a7", "#f28e2b", "#59a14f", "#e15759", "#b07aa1", "#76b7b2", "#edc948", "#9c755f")
STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 60em; color: #222; background: #fff }
table { border-collapse: collapse } td, th { padding: .2em .8em; text-align: right; border-bottom: 1px solid #ccc }
td:first-child, th:first-child { text-align: left } figure { display: inline-block; margin: .3em; max-width: 30em }
img { border: 1px solid #ccc } figcaption { font-size: 12px } svg text { fill: currentColor }
@media (prefers-color-scheme: dark) { body { color: #ddd; background: #181818 } td, th { border-color: #444 } }
"""
BAR, GAP, HIGH, LEFT, TOP = 16, 22, 220, 40, 12  # pixels


def page(told: Mapping[str, Any], folder: Path) -> str:
    """Return the page. told: the results.   folder: the folder of the evaluation, with its films."""
    name = escape(told["name"])
    speed = [
        [policy, str(each["queries"]), str(each["per_second"] or "")]
        for policy, each in told["speed"].items()
    ]
    pools = "".join(f"<p>{escape(pool)}: {escape(', '.join(of))}.</p>" for pool, of in told["pools"].items())
    parts = [
        f"<h1>{name}</h1><p>Environment {escape(told['environment'])}. The lines on the bars are Wilson's 95% intervals.</p>",
        _bars(told),
        pools,
        "<h2>Success</h2>",
        _successes(told),
        "<h2>Differences on the same trials</h2>",
        forest(told["differences"]),
        _differences(told),
        "<h2>Speed</h2>",
        _table(["policy", "queries", "queries per second"], speed),
    ]
    if told["films"]:
        rule = "<p>The first successes and the first failures of each policy in each suite, by seed and number.</p>"
        parts += ["<h2>Films</h2>", rule, *(_film(film, folder) for film in told["films"])]
    seen = '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    head = f"{seen}<title>{name}</title><style>{STYLE}</style>"
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{"".join(parts)}</body></html>\n'


def _film(film: Mapping[str, Any], folder: Path) -> str:
    data = b64encode((folder / film["file"]).read_bytes()).decode()
    said = escape(f"{Path(film['file']).stem}: {film['instruction']}")
    return f'<figure><img src="data:image/gif;base64,{data}" alt="{said}"><figcaption>{said}</figcaption></figure>'


def _bars(told: Mapping[str, Any]) -> str:
    """Return an SVG with a bar and its interval for each policy in each suite."""
    policies, suites = list(told["policies"]), told["suites"]
    group = len(policies) * BAR + GAP
    width = LEFT + len(suites) * group
    parts = [
        f'<text x="{LEFT - 6}" y="{_y(at) + 4:.0f}" font-size="11" text-anchor="end">{at:.0%}</text>'
        f'<line x1="{LEFT}" x2="{width}" y1="{_y(at):.0f}" y2="{_y(at):.0f}" stroke="#8884"/>'
        for at in (0, 0.25, 0.5, 0.75, 1)
    ]
    for s, suite in enumerate(suites):
        x = LEFT + s * group + GAP / 2
        middle = x + len(policies) * BAR / 2
        parts.append(
            f'<text x="{middle:.0f}" y="{TOP + HIGH + 18}" font-size="11" text-anchor="middle">{escape(suite)}</text>'
        )
        for p, policy in enumerate(policies):
            parts.append(_bar(x + p * BAR, told["policies"][policy][suite], p, policy))
    legend = "".join(
        f'<rect x="{LEFT + p * 150}" y="{TOP + HIGH + 30}" width="10" height="10" fill="{_colour(p)}"/>'
        f'<text x="{LEFT + p * 150 + 14}" y="{TOP + HIGH + 39}" font-size="11">{escape(policy)}</text>'
        for p, policy in enumerate(policies)
    )
    wide = max(width, LEFT + 150 * len(policies))
    return (
        f'<svg viewBox="0 0 {wide} {TOP + HIGH + 48}" role="img" width="100%">{"".join(parts)}{legend}</svg>'
    )


def _bar(x: float, found: Mapping[str, Any], number: int, policy: str) -> str:
    if not found["trials"]:
        return ""
    share, middle = found["successes"] / found["trials"], x + BAR / 2 - 1
    return (
        f'<rect x="{x:.1f}" y="{_y(share):.1f}" width="{BAR - 2}" height="{_y(0) - _y(share):.1f}" '
        f'fill="{_colour(number)}"><title>{escape(policy)}: {share:.1%}</title></rect>'
        f'<line x1="{middle:.1f}" x2="{middle:.1f}" y1="{_y(found["low"]):.1f}" y2="{_y(found["high"]):.1f}" '
        'stroke="currentColor"/>'
    )


def _y(share: float) -> float:
    return TOP + HIGH * (1 - share)


def _colour(number: int) -> str:
    return COLOURS[number % len(COLOURS)]


def _successes(told: Mapping[str, Any]) -> str:
    head = ["policy", "suite", "success", "95% interval", "trials", "ended by itself", "steps", "malformed"]
    rows = []
    for policy, by_suite in told["policies"].items():
        for suite, found in by_suite.items():
            share = found["successes"] / found["trials"] if found["trials"] else float("nan")
            rows.append(
                [
                    policy,
                    suite,
                    f"{share:.1%}",
                    f"{found['low']:.1%} to {found['high']:.1%}",
                    str(found["trials"]),
                    "" if found["terminated"] is None else f"{found['terminated']:.1%}",
                    "" if found["steps"] is None else f"{found['steps']:.1f}",
                    str(found["malformed"]),
                ]
            )
    return _table(head, rows)


def _differences(told: Mapping[str, Any]) -> str:
    head = [
        "first",
        "minus second",
        "suite",
        "points",
        "95% interval",
        "only first",
        "only second",
        "trials",
        "p",
    ]
    rows = [
        [
            each["first"],
            each["second"],
            each["suite"],
            f"{100 * each['mean']:+.1f}",
            f"{100 * each['low']:+.1f} to {100 * each['high']:+.1f}",
            *(str(each[name]) for name in ("first_only", "second_only", "trials")),
            f"{each['p']:.2g}",
        ]
        for each in told["differences"]
    ]
    return _table(head, rows) if rows else "<p>There is only one policy.</p>"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    first = "".join(f"<th>{escape(name)}</th>" for name in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{first}</tr>{body}</table>"
