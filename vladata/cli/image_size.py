"""--image-size: the size to which images are resized, in place of the recipe's.

N     N x N pixels
HxW   height and width, pixels
"""

import re

import click

LEAST, MOST = 8, 4096  # as in a recipe; its models are not imported here, so that --help is fast
FORM = re.compile(r"(\d{1,9})(?:x(\d{1,9}))?")


def image_size(ctx: click.Context, option: click.Parameter, text: str | None) -> int | tuple[int, int] | None:
    """Return the size in the option's text, one number or (height, width), as the option's callback."""
    if text is None:
        return None
    found = FORM.fullmatch(text)
    if not found:
        raise click.BadParameter(f'"{text}" is neither a number of pixels nor HEIGHTxWIDTH, such as 224x320')
    sides = [int(side) for side in found.groups() if side]
    for side in sides:
        if not LEAST <= side <= MOST:
            raise click.BadParameter(f"expected {LEAST} to {MOST:,} pixels; got {side}")
    return (sides[0], sides[1]) if len(sides) == 2 else sides[0]
