"""The facts of a sample that several detectors need, worked out once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from vladata.doctor.finding import SHOWN, Finding, Severity
from vladata.doctor.follow import Fit, fit
from vladata.doctor.layout import ActionLayout, Group, layout
from vladata.doctor.noise import without_noise
from vladata.doctor.track import Track
from vladata.spec.dataset import ActionChain, DatasetSpec


@dataclass(frozen=True)
class Subject:
    """The schema of the data, and the chosen chain.

    spec, chain: the schema, and the action chain that was asked for.
    layout:      its dimensions in groups.
    """

    spec: DatasetSpec
    chain: ActionChain
    layout: ActionLayout

    @property
    def hz(self) -> float | None:
        return self.spec.control_frequency_hz


def subject_of(spec: DatasetSpec, chain: str | None) -> Subject:
    """Return the subject of a schema and one of its chains, or its default one."""
    found = spec.chain(chain)
    return Subject(spec, found, layout(found.names, spec.state.names if spec.state else ()))


@dataclass(frozen=True)
class Facts:
    """A sample, and what several detectors ask of it.

    tracks:  the sample.
    actions: float32 [N, D], all actions of the sample, one after another.
    states:  float32 [N, S].
    fits:    group -> how the state follows it; None where that cannot be said.
    """

    subject: Subject
    tracks: Sequence[Track]
    actions: np.ndarray
    states: np.ndarray
    fits: Mapping[Group, Fit | None]

    def whole(
        self, kind: str, severity: Severity, says: str, advice: str, evidence: Mapping[str, object]
    ) -> Finding:
        """Return a finding that concerns the whole sample."""
        examples = tuple(track.id for track in self.tracks[:SHOWN])
        return Finding(kind, severity, says, advice, evidence, len(self.tracks), len(self.actions), examples)

    def sizes(self, group: Group) -> np.ndarray:
        """Return the length of the group's vector in each step, float64 [N], in its unit."""
        sizes: np.ndarray = np.linalg.norm(self.actions[:, group.action].astype(np.float64), axis=1)
        return sizes


def facts_of(subject: Subject, tracks: Sequence[Track]) -> Facts:
    """Return the facts of a sample, without its rounding noise."""
    names, states = subject.layout.names, subject.layout.states
    actions = [t.action for t in tracks] or [np.zeros((0, len(names)), np.float32)]
    state = [t.state for t in tracks] or [np.zeros((0, len(states)), np.float32)]
    all_actions, all_states = without_noise(np.concatenate(actions)), without_noise(np.concatenate(state))
    ends = np.cumsum([len(track) for track in tracks])[:-1]
    cut = zip(tracks, np.split(all_actions, ends), np.split(all_states, ends), strict=True) if tracks else ()
    quiet = [replace(track, action=action, state=states) for track, action, states in cut]
    fits = {group: fit(group, quiet) for group in subject.layout.groups}
    return Facts(subject, quiet, all_actions, all_states, fits)
