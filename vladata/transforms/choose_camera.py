"""One of several fields as the camera of an episode: the same in every run, another from episode to episode.

OpenVLA swaps DROID's two exterior views at random, an episode at a time. Here the episode's identity draws.
"""

from collections.abc import Sequence

from vladata import keys


def choose_camera(candidates: Sequence[str], camera: str, episode: str) -> str:
    """The field that `camera` has in the episode of that id; each of `candidates` is as likely."""
    if len(candidates) == 1:
        return candidates[0]
    return candidates[keys.seed_of(0, "camera", camera, episode) % len(candidates)]
