"""A trial as a GIF: each frame shows the picture, and next to it the instruction, the plan and the action."""

from collections.abc import Sequence
from pathlib import Path
from textwrap import wrap

import numpy as np
from PIL import Image, ImageDraw

from vladata.consumer.policy.observation import Action

MARGIN, PANEL, LINE = 8, 240, 14  # pixels
FEWEST = 16  # lines of text that fit into every frame, so that all frames of a film have one size
SLOW, LAST = 350, 1500  # milliseconds of each frame, and of the last frame


def write_film(path: Path, film: Sequence[tuple[np.ndarray, Action]], instruction: str, ended: str) -> None:
    """Write the film of a trial, completely or not at all. ended: a text for the last frame."""
    frames = [
        _frame(picture, action, instruction, ended if number + 1 == len(film) else "")
        for number, (picture, action) in enumerate(film)
    ]
    temporary = path.with_name(f".{path.name}")
    durations = [*[SLOW] * (len(frames) - 1), LAST]
    frames[0].save(temporary, "GIF", save_all=True, append_images=frames[1:], duration=durations, loop=0)
    temporary.replace(path)


def _frame(picture: np.ndarray, action: Action, instruction: str, ended: str) -> Image.Image:
    height, width = picture.shape[:2]
    lines = [*wrap(instruction, 36), ""]
    if action.plan:
        lines += wrap(f"plan: {action.plan}", 36)
    moves = ", ".join(
        f"{name} {value:+.3f}" for name, value in zip(action.names, action.actions[0], strict=True)
    )
    lines += wrap(f"action: {moves}", 36)
    for task, text in action.texts.items():
        lines += wrap(f"{task}: {text}", 36)
    lines += ["terminate"] if action.terminate else []
    lines += ["", ended] if ended else []
    out = Image.new(
        "RGB",
        (width + PANEL, max(height, 2 * MARGIN + LINE * FEWEST, 2 * MARGIN + LINE * len(lines))),
        "white",
    )
    out.paste(Image.fromarray(picture), (0, 0))
    draw = ImageDraw.Draw(out)
    for number, line in enumerate(lines):
        draw.text((width + MARGIN, MARGIN + number * LINE), line, fill="black")
    return out
