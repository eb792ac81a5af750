"""One of several fields as the camera of an episode: the same in every run, another from episode to episode.

All cameras of an episode draw the same place in their lists, so that two cameras with the same fields in another order never
show the same one. OpenVLA swaps DROID's two exterior views at random, an episode at a time: primary [A, B], secondary [B, A].
Here the episode's identity draws.
"""

from collections.abc import Sequence

from vladata import keys


def choose_camera(candidates: Sequence[str], episode: str) -> str:
    """The field that a camera has in the episode of that id; each of `candidates` is as likely."""
    if len(candidates) == 1:
        return candidates[0]
    return candidates[keys.seed_of(0, "camera", episode) % len(candidates)]
