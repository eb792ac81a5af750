"""Words: the net motion of a chunk of actions, in LAP's words. The text says where the chunk ends, not the path to there.

    dx sums to 0.031 m, dy to 0.018, dpitch to 0.16 rad, the gripper ends open
        -> "move forward 3 cm, move left 2 cm, tilt back 10 degrees, open gripper"
        -> back: 0.03 m, 0.02 m, 10 degrees in radians, 1

Actions are summed over the chunk in float64, and rounded to whole steps, half to even. `bins` are these steps, one number per
dimension, which may be negative; `decode` gives the net motion [D], within half a step of the chunk's. Axes: x forward, y left,
z up; the contract names the turns. The text always names a gripper of convention open_absolute, with its position at the end of
the chunk; it names a gripper of convention closing_relative only if it moved in the chunk, with its last motion.

Source: lihzha/lap, policies/transforms/action_text.py: 1 cm and 10 degrees are its steps.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np

from vladata.actions.checked import as_array, check_ends, chunked, whole_numbers
from vladata.actions.grippers import GRIPPER, known_grippers
from vladata.actions.phrase_automaton import PhraseAutomaton
from vladata.actions.phrases import ANGLES, COMMANDS, LENGTHS, MOST, Motion, Phrases, spoken
from vladata.actions.settings import Fixed, Setting, Whole
from vladata.actions.statistics import Statistics
from vladata.errors import CodecError, UsageError

CENTIMETRES = Whole(1, "Lengths are rounded to multiples of this number of centimetres.", 1, 100)
DEGREES = Whole(10, "Angles are rounded to multiples of this number of degrees.", 1, 90)
AXES = "x forward, y left, z up, in metres and radians; net motion is the sum of a chunk's actions"
RULE = (
    "float64: steps = round(sum of the chunk's actions / step), half to even; back: steps * step. Gripper, open_absolute: 1 "
    "where the last action is at least 0.5, else 0; closing_relative: the sign of the last action of at least 0.5 either way, "
    "else 0"
)
SOURCE = "words"
_ROUNDINGS = 8


@dataclass(frozen=True)
class MotionWords:
    """The net motion of a chunk in words.

    names:       the names of the D dimensions: dx, dy, dz, droll, dpitch, dyaw or gripper, in any order.
    grippers:    {"gripper": convention} if "gripper" is a dimension, else {}.
    chunk:       H, the number of actions of a chunk.
    centimetres: the step of lengths, 1..100.
    degrees:     the step of angles, 1..90.
    """

    kind: ClassVar[str] = "words"
    maskable: ClassVar[bool] = False
    settings: ClassVar[Mapping[str, Setting]] = {
        "centimetres": CENTIMETRES,
        "degrees": DEGREES,
        "terminate": Fixed("none", "Codec words does not spell terminate.", "use codec rt2"),
    }

    names: tuple[str, ...]
    grippers: Mapping[str, str] = field(default_factory=dict, hash=False)
    chunk: int = 1
    centimetres: int = 1
    degrees: int = 10

    @classmethod
    def make(
        cls,
        settings: Mapping[str, Any],
        names: tuple[str, ...],
        grippers: Mapping[str, str],
        statistics: Statistics | None,
        chunk: int = 1,
        shorter: bool = False,
    ) -> Self:
        """Return the codec of `settings`. Raises UsageError or CodecError for settings that cannot be used."""
        if shorter:
            what, hint = "codec words spells only whole chunks", "Give the recipe windows: {tail: drop}."
            raise UsageError(what, got="shorter texts", hint=hint)
        if settings["terminate"] != "none":
            raise UsageError(
                "codec words does not spell terminate", got=settings["terminate"], allowed="none"
            )
        made = cls(names, grippers, chunk, settings["centimetres"], settings["degrees"])
        if statistics is not None:
            made.check_reach(statistics)
        return made

    def __post_init__(self) -> None:
        CENTIMETRES.check("centimetres", self.centimetres)
        DEGREES.check("degrees", self.degrees)
        Whole(1, "", 1, MOST).check("chunk", self.chunk)
        object.__setattr__(self, "grippers", known_grippers(self.grippers, self.names))
        if len(set(self.names)) != len(self.names) or not self.names:
            raise CodecError("there are no dimensions, or two have one name", got=" ".join(self.names))
        for name in self.names:
            if name == GRIPPER and name not in self.grippers:
                what, allowed = (
                    "the gripper has no convention, so there are no words for it",
                    ", ".join(COMMANDS),
                )
                raise CodecError(what, allowed=allowed, hint="Give it in the schema: gripper: open_absolute.")
            if name not in (*LENGTHS, *ANGLES, GRIPPER):
                allowed = " ".join((*LENGTHS, *ANGLES, GRIPPER))
                hint = "An action chain of the schema can leave it out or name it; codec rt2 takes any dimension."
                raise CodecError(f"codec words has no words for {name}", allowed=allowed, hint=hint)

    def check_reach(self, statistics: Statistics) -> None:
        """Raise CodecError if a chunk of the data may move further than the largest motion of a text."""
        for d, name in enumerate(self.names):
            reach = self.chunk * max(abs(statistics.min[d]), abs(statistics.max[d]))
            if name != GRIPPER and reach > float(self.high[d]):
                raise _too_far(name, reach, float(self.high[d]))

    @cached_property
    def phrases(self) -> Phrases:
        """The phrases of each dimension, in the order of the text."""
        return spoken(self.names, self.grippers, self.centimetres, self.degrees)

    @property
    def shorter(self) -> bool:
        """False: a part of a chunk has another net motion."""
        return False

    @property
    def width(self) -> None:
        """None: bins do not stand for single actions."""
        return None

    @property
    def statistics(self) -> None:
        """None: this codec is not fitted to data."""
        return None

    @property
    def spelled_names(self) -> tuple[str, ...]:
        """The names of the D dimensions; terminate is not spelled."""
        return self.names

    @cached_property
    def steps(self) -> np.ndarray:
        """The motion of one step in metres or radians, float64 [D]; 1 for a gripper."""
        lengths, angles = self.centimetres / 100, np.deg2rad(self.degrees)
        return np.array([lengths if n in LENGTHS else angles if n in ANGLES else 1.0 for n in self.names])

    @cached_property
    def high(self) -> np.ndarray:
        """The largest motion that a text can say, float32 [D]; 1 for a gripper."""
        each = [self.phrases.dimensions[name].most for name in self.names]
        high: np.ndarray = (np.array(each) * self.steps).astype(np.float32)
        return high

    @cached_property
    def low(self) -> np.ndarray:
        """The least (most negative) motion that a text can say, float32 [D]; 0 for a gripper with open_absolute."""
        each = [self.phrases.dimensions[name].least for name in self.names]
        low: np.ndarray = (np.array(each) * self.steps).astype(np.float32)
        return low

    @property
    def sources(self) -> tuple[str, ...]:
        """The source of each dimension's bounds, [D]: "words", or a gripper's convention."""
        return tuple(self.grippers.get(name, SOURCE) for name in self.names)

    def meant(self, actions: np.ndarray) -> np.ndarray:
        """Return the net motion of chunks [N, H, D], float64 [N, D]; for one chunk [H, D], [D]."""
        values = as_array(actions, "actions")
        one = values.ndim == 1 + (self.chunk > 1)
        chunks = chunked(values[np.newaxis] if one else values, self.names, self.chunk)
        net = self._net(chunks)
        return net[0] if one else net

    def _net(self, chunks: np.ndarray) -> np.ndarray:
        """Return the net motion of chunks [N, H, D], float64 [N, D]."""
        chunks = chunks.astype(np.float64)
        net = np.zeros((len(chunks), len(self.names)))
        for action in range(self.chunk):
            net += chunks[:, action]
        for name, convention in self.grippers.items():
            d = self.names.index(name)
            net[:, d] = _gripped(np.clip(chunks[:, :, d], self.low[d], self.high[d]), convention)
        return net

    def encode(self, actions: np.ndarray, terminate: np.ndarray | None = None) -> list[np.ndarray]:
        """Return N int32 arrays of steps [D] of chunks [N, H, D], or of actions [N, D] if H is 1. terminate is not spelled."""
        chunks = chunked(actions, self.names, self.chunk)
        check_ends(terminate, actions)
        net = self._net(chunks)
        if (beyond := np.abs(net) > self.high).any():
            row, d = np.argwhere(beyond)[0]
            raise _too_far(self.names[d], float(net[row, d]), float(self.high[d]))
        steps = np.rint(net / self.steps).astype(np.int32)
        for name, convention in self.grippers.items():
            d = self.names.index(name)
            steps[:, d] = net[:, d] >= 0.5 if convention == "open_absolute" else np.sign(net[:, d])
        return list(steps)

    def decode(self, bins: np.ndarray) -> np.ndarray:
        """Return the net motion of steps [D], float32 [D]. Raises CodecError for steps that no text can say."""
        motion: np.ndarray = (self._checked(bins) * self.steps).astype(np.float32)
        return motion

    def texts(self, bins: Iterable[np.ndarray]) -> list[str]:
        """Return one text per array of steps [D]."""
        return [self.text(steps) for steps in bins]

    def text(self, bins: np.ndarray) -> str:
        """Return the text of the steps of a chunk."""
        return self.phrases.text(dict(zip(self.names, self._checked(bins).tolist(), strict=True)))

    def parse(self, text: str) -> np.ndarray:
        """Return int32 steps [D]. Raises ParseError for any other text."""
        found = self.phrases.parse(text)
        return np.array([found[name] for name in self.names], np.int32)

    def automaton(self) -> PhraseAutomaton:
        """Return the state machine over characters that accepts the texts of `texts`."""
        return PhraseAutomaton(self.phrases)

    def tolerance(self) -> np.ndarray:
        """Return float64 [D], the largest difference of a text's net motion from the chunk's: half a step."""
        roundings = _ROUNDINGS * np.finfo(np.float32).eps * np.abs(self.high).astype(np.float64)
        found: np.ndarray = self.steps / 2 + roundings
        return found

    def to_json(self) -> dict[str, Any]:
        """Return this codec's part of a contract; contract.py says what each key means."""
        return {
            "codec": self.kind,
            "names": list(self.names),
            "terminate": None,
            "grippers": dict(self.grippers),
            "rounding": RULE,
            "statistics": None,
            "chunk_length": self.chunk,
            "shorter": False,
            "axes": AXES,
            "centimetres": self.centimetres,
            "degrees": self.degrees,
            "words": self.phrases.told,
        }

    @classmethod
    def from_json(cls, part: Mapping[str, Any]) -> Self:
        """Return exactly the codec that gave this part of a contract."""
        settings = part["chunk_length"], part["centimetres"], part["degrees"]
        return cls(tuple(part["names"]), part["grippers"], *settings)

    def _checked(self, bins: np.ndarray) -> np.ndarray:
        steps = whole_numbers(bins, "steps", f"int32 [{len(self.names)}]")
        if len(steps) != len(self.names):
            allowed = f"{len(self.names)}, one for each of {' '.join(self.names)}"
            raise CodecError("there must be one step per dimension", got=len(steps), allowed=allowed)
        for name, number in zip(self.names, steps.tolist(), strict=True):
            each = self.phrases.dimensions[name]
            if isinstance(each, Motion):
                least, most = -each.most, each.most
            else:
                least, most = min(each.phrases), max(each.phrases)
            if not least <= number <= most:
                raise CodecError(
                    "a step is out of range", where=name, got=number, allowed=f"{least} to {most}"
                )
        return steps


def _gripped(values: np.ndarray, convention: str) -> np.ndarray:
    """Return the last command of a gripper in each chunk, float64 [N], from its values [N, H]."""
    if convention == "open_absolute":
        return values[:, -1]
    told = np.abs(values) >= 0.5
    last = values.shape[1] - 1 - told[:, ::-1].argmax(axis=1)
    found: np.ndarray = np.where(told.any(axis=1), values[np.arange(len(values)), last], 0.0)
    return found


def _too_far(name: str, reach: float, most: float) -> CodecError:
    what = f"a chunk moves {name} further than the words of codec words can say"
    hint = "Perhaps a huge number marks a missing value in the data: cut such steps out with --keep-ranges."
    return CodecError(what, got=f"{reach:.4g}", allowed=f"at most {most:.4g}", hint=hint)
