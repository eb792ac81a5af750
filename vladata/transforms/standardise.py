"""From a raw Episode to a standardised one: canonical action, end of the episode, state, instruction, images.

Everything that depends only on the schema, the chain and the keys of the data is done once, by `compile_chain`. The rest
runs once for each episode and must be fast: 60 steps take 40 to 90 us. Encoded images stay as they are. The last RLDS step has no
valid action: it is removed here under the rule "last_step", unless the chain has dropped it or the schema declares that its
action was recorded. Steps with values that are not finite or without words stay: `faults` reports them, and the caller decides.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from vladata.errors import NoSteps
from vladata.records import Column, Episode
from vladata.spec.dataset import ActionChain, DatasetSpec
from vladata.spec.motion import DeltaToNext, Subtract
from vladata.spec.references import Reference, place_in_list
from vladata.transforms.chain import run_chain
from vladata.transforms.choose_camera import choose_camera
from vladata.transforms.every import Every, Turning
from vladata.transforms.instruction import instruction, plan
from vladata.transforms.picture_of_list import picture_of_list
from vladata.transforms.state import state
from vladata.transforms.table import Table
from vladata.transforms.terminate import has_ended, terminate
from vladata.transforms.turned import turned

LAST_STEP = "last_step"


@dataclass(frozen=True, slots=True)
class Standardiser:
    """The standardisation of the episodes of one dataset, all of which have the same keys.

    spec:       the dataset's schema.
    chain:      the action chain that is run.
    chain_name: the name of the chain, for errors.
    references: every reference that is read -> the key of the data, or the register, and its columns.
    needed:     the keys that every step must have.
    asked:      the values outside the steps that must be there.
    cameras:    the cameras of the schema that the result has; fields of other cameras are not read.
    every:      the rule for another control frequency; None keeps the recorded one.
    """

    spec: DatasetSpec
    chain: ActionChain
    chain_name: str
    references: Mapping[str, Reference]
    needed: frozenset[str]
    asked: frozenset[str]
    cameras: tuple[str, ...]
    every: Every | None = None

    @property
    def wanted(self) -> frozenset[str]:
        """All keys that a reader has to decode."""
        return self.needed | self.asked

    def __call__(self, episode: Episode) -> Episode:
        """Return the standardised episode, of length 0 if no step is left. Raises NoSteps if `episode` has no steps."""
        length = len(episode)
        if length == 0:
            raise NoSteps("the episode has no steps", where=episode.where)
        if not (self.needed <= episode.steps.keys() and self.asked <= episode.metadata.keys()):
            self.spec.columns(episode.steps.keys(), self.chain_name, episode.metadata.keys())
        where = f"schema {self.spec.name}, chain {self.chain_name}: {episode.where}"
        table = Table(episode.steps, self.references, length, where, episode.metadata)
        # Values that are not finite are expected here and give no warnings; `faults` reports them.
        with np.errstate(all="ignore"):
            ended = has_ended(self.spec.terminate, table)
            action = run_chain(self.chain, table)
            if self.spec.actions.last_step == "none" and table.ends_at(length - 1):
                table.cut(0, len(table) - 1, LAST_STEP)
                action = action[:-1]
            if self.every:
                kept, action = self.every(action, episode.numbers[table.left])
                table.choose(kept, self.every.rule)
            steps = self._steps(episode.id, table, action, ended)
        numbers = episode.numbers[table.left]
        dropped = (*episode.dropped, *table.dropped)
        return Episode(
            episode.dataset, episode.split, episode.place, steps, episode.metadata, numbers, dropped
        )

    def words(self, episode: Episode) -> list[str]:
        """Return the instructions of all steps of a raw episode, also of those that the chain removes."""
        where = f"schema {self.spec.name}: {episode.where}"
        table = Table(episode.steps, self.references, len(episode), where, episode.metadata)
        return instruction(self.spec.language, table, episode.id)

    def moment(self, episode: Episode, at: int) -> tuple[np.ndarray, dict[str, Column]]:
        """Return the state, float32 [S], and camera -> column of one picture, of step `at` of a raw episode.

        `at` may be a step that the chain removes.
        """
        where = f"schema {self.spec.name}: {episode.where}"
        table = Table(episode.steps, self.references, len(episode), where, episode.metadata)
        table.cut(at, at + 1, LAST_STEP)
        shown = {camera: self._pictures(camera, episode.id, table) for camera in self.cameras}
        return state(self.spec.state, table)[0], shown

    def _pictures(self, camera: str, episode: str, table: Table) -> Column:
        found = self.references[choose_camera(self.spec.camera_keys(camera), episode)]
        pictures = picture_of_list(table.steps(found.path), place_in_list(found))
        return turned(pictures, (self.spec.turn or {}).get(camera))

    def _steps(self, episode: str, table: Table, action: np.ndarray, ended: bool) -> dict[str, Column]:
        # Indexing by a list of columns makes arrays in Fortran order, whose rows are not contiguous.
        steps: dict[str, Column] = {
            "action": np.ascontiguousarray(action),
            "terminate": terminate(len(table), ended),
            "state": np.ascontiguousarray(state(self.spec.state, table)),
            "instruction": instruction(self.spec.language, table, episode),
        }
        if (planned := plan(self.spec.language, table, episode)) is not None:
            steps["plan"] = planned
        for camera in self.cameras:
            steps[f"images/{camera}"] = self._pictures(camera, episode, table)
        return steps


def compile_chain(
    spec: DatasetSpec,
    chain: str | None,
    available: Collection[str],
    values: Collection[str] = (),
    every: int = 1,
    cameras: Collection[str] | None = None,
) -> Standardiser:
    """Return the Standardiser for data that has the `available` keys in every step, and `values` outside the steps.

    every:   the n of "every n-th step is kept"; 1 keeps all.
    cameras: the cameras of the schema that the result has; None for all.
    Raises one MissingKey for all keys that the data lacks.
    """
    references = spec.resolve(available, chain, values)
    taken = tuple(camera for camera in spec.cameras if cameras is None or camera in cameras)
    read = {text for path, text in spec.references(chain) if not path.startswith("cameras.")}
    read.update(*(spec.camera_keys(camera) for camera in taken))
    paths = {references[text].path for text in read if not references[text].is_register}
    needed = frozenset(path for path in paths if path in available)
    name = chain or spec.actions.default
    made = spec.chain(chain)
    thinned = Every(every, made.names, made.relative, _turning(made)) if every > 1 else None
    return Standardiser(spec, made, name, references, needed, frozenset(paths - needed), taken, thinned)


def _turning(chain: ActionChain) -> Turning:
    """Return how the chain's changes of orientation are composed, which follows from the operation that makes them.

    Recorded changes count as rotations about fixed axes.
    """
    made = [op.rotation for op in chain.operations if isinstance(op, DeltaToNext | Subtract)]
    if not made:
        return "base"
    return "tool" if made[-1] == "compose" else "sum"


def standardise(episode: Episode, spec: DatasetSpec, chain: str | None = None) -> Episode:
    """Return `episode` standardised by `spec`. chain: the name of an action chain; None for the default.

    For many episodes, call `compile_chain` once, and its result with each episode.
    """
    if len(episode) == 0:
        raise NoSteps("the episode has no steps", where=episode.where)
    return compile_chain(spec, chain, episode.steps.keys(), episode.metadata.keys())(episode)
