"""DatasetSpec: one robot dataset as a declaration, `schemas/datasets/NAME.yaml`.

It says where the images, the instruction, the state and the action are in an RLDS step, which chain of operations makes
the canonical action, and when an episode ends. Paths are those of RLDS without "steps/" ("observation/image_0");
`columns` says which of them a reader has to decode. Units, where a dataset states them, are metres and radians.
"""

from collections.abc import Collection
from typing import Annotated, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from vladata.errors import UnknownName
from vladata.spec.feature import Feature
from vladata.spec.gripper import Grippers, gripper_problems
from vladata.spec.language import Language
from vladata.spec.missing_keys import missing_keys
from vladata.spec.motion import RotationKind
from vladata.spec.operation_base import Reads
from vladata.spec.operations import Operation, chain_problems
from vladata.spec.references import CameraKey, DataReference, Key, Reference, parse, resolve
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
    says_all,
    unrepeated,
)

CameraKeys = Annotated[
    Annotated[CameraKey, Tag("one")]
    | Annotated[Many[CameraKey], Field(min_length=2), AfterValidator(unrepeated), Tag("several")],
    Discriminator(lambda value: "several" if isinstance(value, list | tuple) else "one"),
]


class State(Strict):
    """What the robot feels of itself, before the action of the step."""

    of: Annotated[Many[DataReference], Field(min_length=1)]
    """The columns, joined in order."""
    encoding: Literal["pos", "pos_euler", "pos_quat", "joint", "other"]
    """pos: position only. pos_euler: and roll, pitch, yaw. pos_quat: and a quaternion. joint: joint angles. A gripper
    column may follow."""
    names: Labels
    """One name for each column."""
    rotation: RotationKind | None = None
    """The form of its rotation; left out where there is none, or its form is not established."""

    @model_validator(mode="after")
    def _fits_together(self) -> "State":
        if self.rotation and self.rotation.startswith("quat") != (self.encoding == "pos_quat"):
            says_all([(("rotation",), f'got "{self.rotation}", but encoding is {self.encoding}')])
        return self


class ActionChain(Strict):
    """One way to make the action of a step from what was recorded."""

    grippers: Grippers = Field(alias="gripper")
    """What the gripper column means. open_absolute: 1 open, 0 closed. closing_relative: +1 closing, -1 opening, 0 stay.
    none: there is no such column. Where there are several grippers, a map of one of the first two for each."""
    names: Labels
    """One name for each dimension of the action; a gripper's is "gripper", or ends in "_gripper"."""
    rotation: RotationKind | None = None
    """The form of the rotation in the action; left out where there is none, where its form is not established, or where the
    operations make it."""
    operations: Annotated[Many[Operation], Field(min_length=1)]
    """What is done, in order; the last is a concat, which gives the action."""

    @model_validator(mode="after")
    def _fits_together(self) -> "ActionChain":
        found = [(("operations", *path), text) for path, text in chain_problems(self.operations)]
        found += gripper_problems(self.grippers, self.names)
        says_all(found)
        return self

    @property
    def turned(self) -> str | None:
        """The form of the rotation in the action, as declared or as the operations make it; None where neither says it."""
        return self.rotation or rotation_made(self.operations)

    @property
    def relative(self) -> frozenset[str]:
        """The grippers whose values are commands that hold until the next: 0 stays."""
        return frozenset(name for name, meaning in self.grippers.items() if meaning == "closing_relative")


class Actions(Strict):
    """The action, made in one or more ways."""

    default: Name
    """The chain that is used when none is named."""
    last_step: Literal["none", "recorded"] = "none"
    """The action of an episode's last step. none: there is none, as RLDS has it, and the step is left out. recorded: it is one
    like the others, as LeRobot and HDF5 recordings have it."""
    chains: FrozenMap[Name, ActionChain]
    """The chains by name."""

    @model_validator(mode="after")
    def _default_is_there(self) -> "Actions":
        if self.default not in self.chains:
            chains = ", ".join(self.chains)
            says_all([(("default",), f'got "{self.default}", which is no chain; allowed: {chains}')])
        return self


class Terminate(Strict):
    """When an episode has ended. Exactly one step ends it, the last that is kept, whatever was dropped after it."""

    path: DataReference | None = None
    """The field, or the column of one, that flags the end; left out where the data has no flag: then fallback says it."""
    form: Literal["flag", "one_hot3", "scalar_float", "action_column"] | None = None
    """What flags the end, of a path. flag: true or non-zero. one_hot3: [1, 0, 0]. scalar_float: 1.0. action_column:
    non-zero, in a column of the action."""
    fallback: Annotated[Many[Literal["is_last", "position"]], AfterValidator(unrepeated)] = ()
    """What is asked in turn where no step is flagged. is_last: RLDS's flag of that name. position: the episode has
    ended where its steps end. Left empty, such an episode was cut off and has no end."""

    @model_validator(mode="after")
    def _fits_together(self) -> "Terminate":
        if self.path is None and not self.fallback:
            says_all([(("path",), "is missing; where the data has no flag, say fallback: [position]")])
        if self.path is not None and self.form is None:
            says_all([(("form",), "is missing; say what the flag at path looks like")])
        if self.path is None and self.form is not None:
            says_all([(("form",), f'got "{self.form}"; it is not used without path')])
        reference = parse(self.path) if self.path else None
        one_column = reference and isinstance(reference.columns, slice)
        if self.form == "action_column" and not one_column:
            says_all([(("path",), f'got "{self.path}"; allowed: one column, such as action[7]')])
        if "position" in self.fallback[:-1]:
            says_all([(("fallback",), '"position" always answers; nothing after it is ever asked')])
        return self


class DatasetSpec(Strict):
    """One robot dataset: where things are in its steps, and how they are standardised."""

    name: Name
    """The name that TFDS knows it by."""
    robot: Line
    """The robot."""
    control_frequency_hz: Annotated[float, Field(gt=0, le=10_000)] | None
    """Steps a second; nothing where it is not established."""
    episodes: FrozenMap[Line, Annotated[int, Field(ge=0)]] | None = None
    """Split -> how many episodes it has."""
    aliases: Many[Name] = ()
    """Other names that its folder goes by."""
    cameras: FrozenMap[Label, CameraKeys]
    """Camera name -> field of its image; the first is the primary one. path[i] is one picture of a field that is a list
    of pictures a step, negative from its end. Or several fields, of which each episode takes one, always the same; all
    cameras take the same place in their lists."""
    swap_channels: Annotated[Many[Label], AfterValidator(unrepeated)] = ()
    """Cameras whose pixels are stored as BGR: their images are made anew as RGB."""
    turn: FrozenMap[Label, Literal["flip", "half_turn"]] | None = None
    """Cameras whose pixels are not stored upright -> how they are put right. flip: top and bottom change places, as
    simulators draw by OpenGL. half_turn: 180 degrees. Of pixels alone: an encoded image would have to be made anew."""
    language: Language
    """The instruction."""
    state: State | None = None
    """The robot's state; left out where the data has none."""
    actions: Actions
    """The action."""
    terminate: Terminate
    """The end of an episode."""
    success: EpisodeTest | None = None
    """What tells an episode that succeeded; left out where the data does not say."""
    episode_key: Annotated[Many[Key], AfterValidator(unrepeated)] = ()
    """Values of the episode, texts or whole numbers, that together name it in files of other projects, joined by "--"."""
    features: FrozenMap[Key, Feature] | None = None
    """Every field that is read, as the data declares it."""
    confidence: FrozenMap[Label, Line] | None = None
    """What is uncertain -> why, and who says what."""
    quirks: Many[Line] = ()
    """What one has to know before trusting the data."""
    licence: Line | None = None
    """The licence of the data, or "not established"."""
    citation: Line | None = None
    """What to cite."""
    source: Line | None = None
    """Where the data is."""
    homepage: Line | None = None
    """The project's page."""

    @model_validator(mode="after")
    def _fits_together(self) -> "DatasetSpec":
        found: Reads = [
            (("swap_channels", i), f'got "{camera}", which is no camera; allowed: {", ".join(self.cameras)}')
            for i, camera in enumerate(self.swap_channels)
            if camera not in self.cameras
        ]
        found += [
            (("turn", camera), f'got "{camera}", which is no camera; allowed: {", ".join(self.cameras)}')
            for camera in self.turn or {}
            if camera not in self.cameras
        ]
        says_all(found + self._undeclared())
        return self

    def _undeclared(self) -> Reads:
        """The references that `features` does not cover."""
        if self.features is None:
            return []
        levels: dict[str, list[str]] = {"step": [], "episode": []}
        for key, feature in self.features.items():
            levels[feature.level].append(key)
        says = []
        for chain in self.actions.chains:
            for path, text in self._absent(levels["step"], chain, levels["episode"]):
                says.append(f'does not declare "{text}", which {path} reads')
        asked = [("episode_key", key) for key in self.episode_key]
        if self.success and self.success.path != LENGTH:
            asked.append(("success.path", self.success.path))
        every = [*levels["step"], *levels["episode"]]
        says += [
            f'does not declare "{text}", which {path} reads'
            for path, text in asked
            if not resolve(text, every)
        ]
        return [(("features",), line) for line in dict.fromkeys(says)]

    def camera_keys(self, camera: str) -> tuple[str, ...]:
        """The fields that hold the images of a camera: one, or those of which each episode takes one."""
        keys = self.cameras[camera]
        return (keys,) if isinstance(keys, str) else keys

    def chain(self, name: str | None = None) -> ActionChain:
        """The action chain of that name, or the default one."""
        wanted = self.actions.default if name is None else name
        if wanted not in self.actions.chains:
            raise UnknownName("action chain", wanted, list(self.actions.chains), f"schema {self.name}")
        return self.actions.chains[wanted]

    def references(self, chain: str | None = None) -> list[tuple[str, str]]:
        """Every reference that is read, registers too: the path of the key in the file, and the reference."""
        found = [(f"cameras.{camera}", key) for camera in self.cameras for key in self.camera_keys(camera)]
        found += self.language.references()
        found += [(f"state.of[{i}]", text) for i, text in enumerate(self.state.of if self.state else ())]
        operations = f"actions.chains.{self.actions.default if chain is None else chain}.operations"
        for i, operation in enumerate(self.chain(chain).operations):
            found += [(dotted(f"{operations}[{i}]", path), text) for path, text in operation.reads()]
        if self.terminate.path:
            found.append(("terminate.path", self.terminate.path))
        if "is_last" in self.terminate.fallback:
            found.append(("terminate.fallback", "is_last"))
        return found

    def resolve(
        self, available: Collection[str], chain: str | None = None, values: Collection[str] = ()
    ) -> dict[str, Reference]:
        """Every reference that is read -> what it is among the `available` keys; MissingKey for all that are not.

        values: keys outside the steps, which only filter_episode and language may ask.
        """
        missing = self._absent(available, chain, values)
        if missing:
            raise missing_keys(self.name, missing, available, values)
        found = {text: self._resolved(text, available, values) for _, text in self.references(chain)}
        return {text: reference for text, reference in found.items() if reference}

    def _absent(
        self, available: Collection[str], chain: str | None, values: Collection[str]
    ) -> list[tuple[str, str]]:
        """The references that are not there, and the paths of the keys that name them."""
        asked = {
            test.path
            for op in self.chain(chain).operations
            if isinstance(op, FilterEpisode)
            for test in op.keep
        }
        words = set(self.language.paths)
        return [
            (path, text)
            for path, text in self.references(chain)
            if not (
                text in available
                or text in values  # a whole field: language.take, and no column, says which text
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
        """The keys, among the `available` ones and `values`, that have to be read; MissingKey for all that are not there."""
        found = self.resolve(available, chain, values).values()
        return frozenset(reference.path for reference in found if not reference.is_register)
