"""Evidence for the kind of an action from its own course, for datasets without a state. Free of scale, episode by episode.

For a group's vectors a [T, d] of one episode, with u[t] = a[t] - a[t-1]:

    far      min |a| / third largest |u|   a place stays far from the origin beside its largest steps; a speed turns at corners
    turned   lag-1 autocorrelation of a    a change of a change goes back on itself where there is any noise
    net      |sum a| / sum |a|             changes lead somewhere; changes of changes end where they began, at rest
    reach    max |cumsum a| / median |a|   cumulated changes are a path, many steps long; cumulated accelerations a speed
    rough    median |u| / std(a)           values are smooth beside their own spread; changes are not
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vladata.doctor.layout import Group
from vladata.doctor.track import Track, pieces

LEAST_STEPS = 8
LEAST_EPISODES = 4


@dataclass(frozen=True, slots=True)
class ActionCourse:
    """Medians over the episodes of the five measures, and the shares of episodes that look like values, like changes of
    changes, and like changes."""

    far: float
    turned: float
    net: float
    reach: float
    rough: float
    is_value: float
    is_second: float
    is_change: float

    def evidence(self) -> dict[str, float]:
        """Return the measures for a finding."""
        names = ("far", "turned", "net", "reach", "rough")
        return {name: round(float(getattr(self, name)), 3) for name in names}


def course(group: Group, tracks: Sequence[Track]) -> ActionCourse | None:
    """Return the course of a group over a sample, or None where too few episodes move."""
    found = [
        measures
        for track in tracks
        for piece in pieces(track)
        if (measures := _measures(track.action[piece][:, group.action].astype(np.float64))) is not None
    ]
    if len(found) < LEAST_EPISODES:
        return None
    far, turned, net, reach, rough = np.array(found).T
    second = (net < 0.1) & (reach < 8) & (turned < 0.8)
    return ActionCourse(
        far=float(np.median(far)),
        turned=float(np.median(turned)),
        net=float(np.median(net)),
        reach=float(np.median(reach)),
        rough=float(np.median(rough)),
        is_value=float(np.mean((far > 2) & (turned > 0.6))),
        is_second=float(np.mean(second)),
        is_change=float(np.mean((far < 1) & (rough > 0.4))),
    )


def _measures(a: np.ndarray) -> tuple[float, float, float, float, float] | None:
    sizes, u = np.linalg.norm(a, axis=1), np.diff(a, axis=0)
    spread = a.std(axis=0)
    moves = spread > 1e-9
    if len(a) < LEAST_STEPS or not moves.any():
        return None
    jumps = np.linalg.norm(u, axis=1)
    middle = max(float(np.median(sizes)), 1e-12)
    centred = (a - a.mean(axis=0))[:, moves]
    turned = float(np.mean((centred[1:] * centred[:-1]).sum(axis=0) / np.square(centred).sum(axis=0)))
    path = np.linalg.norm(np.cumsum(a, axis=0), axis=1)
    return (
        float(sizes.min()) / max(float(np.sort(jumps)[-3]), 1e-3 * middle),
        turned,
        float(path[-1]) / float(sizes.sum()),
        float(path.max()) / middle,
        float(np.median(jumps)) / float(np.linalg.norm(spread)),
    )
