"""DatasetSpec: one robot dataset as a declaration, `schemas/datasets/NAME.yaml`.

It names the fields of a step that hold the images, the instruction, the state and the action, the chain of operations that
makes the canonical action, and the end of an episode. Paths are those of RLDS without "steps/" ("observation/image_0");
`columns` returns the paths that a reader has to decode. Units, where a dataset states them, are metres and radians.
"""

from collections.abc import Collection, Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag

from vladata.errors import UnknownName
from vladata.spec.episode_end import EpisodeEnd
from vladata.spec.feature import Feature
from vladata.spec.gripper import Grippers, gripper_problems
from vladata.spec.language import Language
from vladata.spec.missing_keys import missing_keys
from vladata.spec.motion import RotationKind
from vladata.spec.operations import Operation, chain_problems
from vladata.spec.references import CameraKey, DataReference, Key, Reference, resolve
from vladata.spec.rotation import rotation_made
from vladata.spec.selection import LENGTH, EpisodeTest, FilterEpisode
from vladata.spec.strict import (
    FrozenMap,
    Label,
    Labels,
    Line,
    Many,
    Name,
    Strict,
    dotted,
    unrepeated,
)
from vladata.spec.together import Problem, check

CameraKeys = Annotated[
    Annotated[CameraKey, Tag("one")]
    | Annotated[Many[CameraKey], Field(min_length=2), AfterValidator(unrepeated), Tag("several")],
    Discriminator(lambda value: "several" if isinstance(value, list | tuple) else "one"),
]


class State(Strict):
    """The robot's own state (pose, joints, gripper), as measured before the action of the step."""

    of: Annotated[Many[DataReference], Field(min_length=1)]
    """The columns, joined in order."""
    encoding: Literal["pos", "pos_euler", "pos_quat", "joint", "other"]
    """pos: position only. pos_euler: position, then roll, pitch, yaw. pos_quat: position, then a quaternion. joint: joint angles.
    A gripper column may follow."""
    names: Labels
    """One name for each column."""
    rotation: RotationKind | None = None
    """The form of the state's rotation; leave it out where there is none, or where its form is not established."""

    @check
    def _rotation_fits(self) -> Iterator[Problem]:
        if self.rotation and self.rotation.startswith("quat") != (self.encoding == "pos_quat"):
            yield ("rotation",), f'got "{self.rotation}", but encoding is {self.encoding}'


class ActionChain(Strict):
    """One way to make the action of a step from the recorded fields."""

    grippers: Grippers = Field(alias="gripper")
    """The meaning of the gripper column. open_absolute: 1 open, 0 closed. closing_relative: +1 closing, -1 opening, 0 stay.
    none: there is no such column. With several grippers: a map from the name of each to one of the first two."""
    names: Labels
    """One name for each dimension of the action; the name of a gripper is "gripper", or ends in "_gripper"."""
    rotation: RotationKind | None = None
    """The form of the rotation in the action; leave it out where there is none, where its form is not established, or where the
    operations make it."""
    operations: Annotated[Many[Operation], Field(min_length=1)]
    """The operations, in the order in which they run; the last is a concat, which gives the action."""

    @check
    def _order(self) -> Iterator[Problem]:
        yield from ((("operations", *path), text) for path, text in chain_problems(self.operations))

    @check
    def _grippers_are_named(self) -> Iterator[Problem]:
        yield from gripper_problems(self.grippers, self.names)

    @property
    def turned(self) -> str | None:
        """The form of the rotation in the action, as declared or as the operations make it; None where neither gives it."""
        return self.rotation or rotation_made(self.operations)

    @property
    def relative(self) -> frozenset[str]:
        """The grippers with relative commands: +1 closes, -1 opens, 0 changes nothing."""
        return frozenset(name for name, meaning in self.grippers.items() if meaning == "closing_relative")


class Actions(Strict):
    """The action, made in one or more ways."""

    default: Name
    """The chain that is used where a recipe names none."""
    last_step: Literal["none", "recorded"] = "none"
    """The action of an episode's last step. none: it is not valid, as in RLDS, and the step is left out. recorded: it is valid
    like the others, as in LeRobot and HDF5 recordings."""
    chains: FrozenMap[Name, ActionChain]
    """The chains by name."""

    @check
    def _default_is_there(self) -> Iterator[Problem]:
        if self.default not in self.chains:
            chains = ", ".join(self.chains)
            yield ("default",), f'got "{self.default}", which is not the name of a chain; allowed: {chains}'


class DatasetSpec(Strict):
    """One robot dataset: the fields of its steps, and how they are standardised."""

    name: Name
    """The name of the dataset in TFDS."""
    robot: Line
    """The robot."""
    control_frequency_hz: Annotated[float, Field(gt=0, le=10_000)] | None
    """Steps per second; null where it is not established."""
    episodes: FrozenMap[Line, Annotated[int, Field(ge=0)]] | None = None
    """Split -> number of its episodes."""
    aliases: Many[Name] = ()
    """Other names that the dataset's folder may have."""
    cameras: FrozenMap[Label, CameraKeys]
    """Camera name -> field of its image; the first camera is the primary one. path[i] is one picture of a field that holds a list
    of pictures in each step; negative numbers count from its end. A list of fields: each episode takes one of the fields, the
    same in every run, and all cameras take the same place in their lists."""
    swap_channels: Annotated[Many[Label], AfterValidator(unrepeated)] = ()
    """Cameras whose pixels are stored as BGR: their images are decoded and encoded again as RGB."""
    turn: FrozenMap[Label, Literal["flip", "half_turn"]] | None = None
    """Camera whose pixels are not stored upright -> how they are put upright. flip: top and bottom change places, as
    simulators draw by OpenGL. half_turn: 180 degrees. For pixels only: an encoded image would have to be encoded again."""
    language: Language
    """The instruction."""
    state: State | None = None
    """The robot's state; leave it out where the data has none."""
    actions: Actions
    """The action."""
    terminate: EpisodeEnd
    """The end of an episode."""
    success: EpisodeTest | None = None
    """The test that an episode passes if it succeeded; leave it out where the data does not record success."""
    episode_key: Annotated[Many[Key], AfterValidator(unrepeated)] = ()
    """Values of the episode, texts or whole numbers, that name it in files of other projects; several are joined by "--"."""
    features: FrozenMap[Key, Feature] | None = None
    """Every field that is read, as the data declares it. Left out, nothing is compared with the data's own types."""
    confidence: FrozenMap[Label, Line] | None = None
    """Uncertain fact -> why it is uncertain, and which source says what."""
    quirks: Many[Line] = ()
    """Facts to know before trusting the data."""
    licence: Line | None = None
    """The licence of the data, or "not established"."""
    citation: Line | None = None
    """The publication to cite."""
    source: Line | None = None
    """The place from which the data can be downloaded."""
    homepage: Line | None = None
    """The project's page."""

    @check
    def _swapped_cameras_are_there(self) -> Iterator[Problem]:
        for i, camera in enumerate(self.swap_channels):
            if camera not in self.cameras:
                yield ("swap_channels", i), self._is_no_camera(camera)

    @check
    def _turned_cameras_are_there(self) -> Iterator[Problem]:
        for camera in self.turn or {}:
            if camera not in self.cameras:
                yield ("turn", camera), self._is_no_camera(camera)

    def _is_no_camera(self, name: str) -> str:
        return f'got "{name}", which is not the name of a camera; allowed: {", ".join(self.cameras)}'

    @check
    def _cameras_are_declared(self) -> Iterator[Problem]:
        yield from self._undeclared(self._camera_references())

    @check
    def _language_is_declared(self) -> Iterator[Problem]:
        yield from self._undeclared(self.language.references(), outside=True)

    @check
    def _state_is_declared(self) -> Iterator[Problem]:
        yield from self._undeclared(self._state_references())

    @check
    def _actions_are_declared(self) -> Iterator[Problem]:
        for chain in self.actions.chains:
            asked = self._asked_by(chain)
            for path, text in self._chain_references(chain):
                yield from self._undeclared([(path, text)], outside=text in asked)

    @check
    def _end_is_declared(self) -> Iterator[Problem]:
        yield from self._undeclared(self.terminate.references())

    @check
    def _episode_is_declared(self) -> Iterator[Problem]:
        yield from self._undeclared([("episode_key", key) for key in self.episode_key], outside=True)

    @check
    def _success_is_declared(self) -> Iterator[Problem]:
        if self.success and self.success.path != LENGTH:
            yield from self._undeclared([("success.path", self.success.path)], outside=True)

    def _undeclared(self, references: list[tuple[str, str]], outside: bool = False) -> Iterator[Problem]:
        """Yield a problem for each reference that `features` lacks. outside: True if values of the episode may be read, too."""
        known = [key for key, feature in (self.features or {}).items() if outside or feature.level == "step"]
        for path, text in references if self.features is not None else []:
            if not (resolve(text, known) or (outside and text in known)):
                yield (
                    ("features",),
                    f'does not declare "{text}", which {path} reads; declare it, or leave features out',
                )

    def camera_keys(self, camera: str) -> tuple[str, ...]:
        """Return the fields that hold the images of a camera. Of several fields each episode takes one."""
        keys = self.cameras[camera]
        return (keys,) if isinstance(keys, str) else keys

    def chain(self, name: str | None = None) -> ActionChain:
        """Return the action chain `name`; for None, the default chain."""
        wanted = self.actions.default if name is None else name
        if wanted not in self.actions.chains:
            raise UnknownName("action chain", wanted, list(self.actions.chains), f"schema {self.name}")
        return self.actions.chains[wanted]

    def references(self, chain: str | None = None) -> list[tuple[str, str]]:
        """Return every reference that is read, registers too, as (path of the key in the schema's file, reference)."""
        found = [*self._camera_references(), *self.language.references(), *self._state_references()]
        return [*found, *self._chain_references(chain), *self.terminate.references()]

    def _camera_references(self) -> list[tuple[str, str]]:
        return [(f"cameras.{camera}", key) for camera in self.cameras for key in self.camera_keys(camera)]

    def _state_references(self) -> list[tuple[str, str]]:
        return [(f"state.of[{i}]", text) for i, text in enumerate(self.state.of if self.state else ())]

    def _chain_references(self, chain: str | None) -> list[tuple[str, str]]:
        operations = f"actions.chains.{self.actions.default if chain is None else chain}.operations"
        return [
            (dotted(f"{operations}[{i}]", path), text)
            for i, operation in enumerate(self.chain(chain).operations)
            for path, text in operation.reads()
        ]

    def _asked_by(self, chain: str | None) -> set[str]:
        """Return the references of a chain's filters of episodes, which may read values outside the steps."""
        filters = [op for op in self.chain(chain).operations if isinstance(op, FilterEpisode)]
        return {test.path for operation in filters for test in operation.keep}

    def resolve(
        self, available: Collection[str], chain: str | None = None, values: Collection[str] = ()
    ) -> dict[str, Reference]:
        """Return a map from every reference that is read to the key of `available` that it names, with its columns.

        values: keys outside the steps, which only filter_episode and language may read. Raises one MissingKey for all keys
        that the data lacks.
        """
        missing = self._absent(available, chain, values)
        if missing:
            raise missing_keys(self.name, missing, available, values)
        found = {text: self._resolved(text, available, values) for _, text in self.references(chain)}
        return {text: reference for text, reference in found.items() if reference}

    def _absent(
        self, available: Collection[str], chain: str | None, values: Collection[str]
    ) -> list[tuple[str, str]]:
        """Return the references that the data lacks, as (path of the key in the schema's file, reference)."""
        asked = self._asked_by(chain)
        words = set(self.language.paths)
        return [
            (path, text)
            for path, text in self.references(chain)
            if not (
                text in available
                or text in values  # a whole field; `language.take` chooses its text, not a column
                if text in words and path.startswith("language.")
                else self._resolved(text, available, values if text in asked else ())
            )
        ]

    @staticmethod
    def _resolved(text: str, available: Collection[str], values: Collection[str]) -> Reference | None:
        return resolve(text, available) or resolve(text, values)

    def columns(
        self, available: Collection[str], chain: str | None = None, values: Collection[str] = ()
    ) -> frozenset[str]:
        """Return the keys, among `available` and `values`, that have to be read. Raises one MissingKey for all that the data
        lacks."""
        found = self.resolve(available, chain, values).values()
        return frozenset(reference.path for reference in found if not reference.is_register)
