"""The choice of one of several fields as a camera: the same in every run, and different from episode to episode.

All cameras of an episode draw the same place in their lists, so two cameras that list the same fields in another order never
show the same field. OpenVLA swaps DROID's two exterior views at random in each episode: primary [A, B], secondary [B, A].
Here a number made from the episode's id takes the place of chance.
"""

from collections.abc import Sequence

from vladata import keys


def choose_camera(candidates: Sequence[str], episode: str) -> str:
    """Return the field that a camera has in an episode; all `candidates` are equally likely. episode: its id."""
    if len(candidates) == 1:
        return candidates[0]
    return candidates[keys.seed_of(0, "camera", episode) % len(candidates)]
