"""A first schema for a dataset, drafted from its features.json, with every guess marked.

What can be known is known: which fields are pictures, text and numbers, and how wide they are. What they mean is guessed by
their names, as datasets of Open X-Embodiment have them, and stands behind "# guess". The draft is in order as it is, so
that a conversion can be tried at once; whether its numbers mean what it says is for a person to find out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vladata.actions.bounds import NAMES
from vladata.errors import SourceError
from vladata.sources.compare import declared_dtype
from vladata.sources.features import FEATURES, Leaf
from vladata.sources.source import Source

ORDINALS = ("primary", "secondary", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
AT_THE_HAND = ("wrist", "hand", "gripper", "finger")
WORDS = (
    "language_instruction",
    "natural_language_instruction",
    "instruction",
    "language",
    "task",
    "text",
    "caption",
)
FEELING = ("observation/state", "observation/proprio", "observation/eef_state", "state", "pose", "joint")
RT1 = ("action/world_vector", "action/rotation_delta", "action/gripper_closedness_action")
WIDEST_STATE = 64
POSE = ("x", "y", "z", "roll", "pitch", "yaw")


def infer(source: Source) -> str:
    """The YAML of the draft. SourceError where there is no picture, text or action to make a sample of."""
    leaves = {
        name: leaf for name, leaf in source.columns.items() if leaf.per_step and leaf.kind != "unsupported"
    }
    draft = _Draft(leaves)
    lines = [
        f"name: {source.name}",
        "robot: not established  # guess: write which one",
        "control_frequency_hz: null  # steps a second, where you know it",
        "",
        "cameras:  # the first is the primary one",
        *draft.cameras(),
        "",
        "language:",
        *draft.language(),
        "",
        *draft.state(),
        "actions:",
        *draft.actions(),
        "",
        "terminate:",
        *draft.terminate(),
        "",
        "features:",
        *draft.features(),
        "",
        "licence: not established",
    ]
    return "\n".join(lines) + "\n"


@dataclass
class _Draft:
    """The parts of a draft; `used` fills with the fields that they read."""

    leaves: dict[str, Leaf]

    def __post_init__(self) -> None:
        self.used: list[str] = []

    def _use(self, *names: str) -> None:
        self.used += [name for name in names if name not in self.used]

    def _numbers(self) -> Iterator[tuple[str, int]]:
        """The fields of floats with one row a step, and how wide they are."""
        for name, leaf in self.leaves.items():
            if (
                leaf.kind == "number"
                and leaf.dtype.startswith("float")
                and None not in leaf.shape
                and len(leaf.shape) < 2
            ):
                yield name, leaf.shape[0] or 1 if leaf.shape else 1

    def _missing(self, what: str) -> SourceError:
        got = ", ".join(f"{name} {leaf.tfds_class}" for name, leaf in self.leaves.items())
        return SourceError(
            f"no field of the steps looks like {what}",
            where=FEATURES,
            got=got,
            hint="Write a schema by hand.",
        )

    def cameras(self) -> Iterator[str]:
        pictures = sorted(
            n for n, leaf in self.leaves.items() if leaf.kind == "image" and leaf.shape[-1] in (3, None)
        )
        if not pictures:
            raise self._missing("a colour picture")
        at_hand = [name for name in pictures if any(word in name.rpartition("/")[2] for word in AT_THE_HAND)]
        others = [name for name in pictures if name not in at_hand]
        wrists = ["wrist", *(f"wrist_{n}" for n in range(2, len(at_hand) + 1))]
        ordinals = [*ORDINALS, *(f"camera_{n}" for n in range(len(ORDINALS) + 1, len(others) + 1))]
        for camera, name in [*zip(ordinals, others, strict=False), *zip(wrists, at_hand, strict=False)]:
            self._use(name)
            yield f"  {camera}: {name}" + ("  # guess: it is at the hand" if name in at_hand else "")

    def language(self) -> Iterator[str]:
        texts = [name for name, leaf in self.leaves.items() if leaf.kind == "text" and not leaf.shape]
        padded = [
            n
            for n, leaf in self.leaves.items()
            if leaf.kind == "number" and leaf.dtype.startswith("int") and len(leaf.shape) == 1
        ]
        found = _first(texts, WORDS) or _first(padded, WORDS[:3])
        if found is None:
            yield "  constant: do the task  # guess: write what the robot does in all episodes"
            return
        self._use(found)
        yield f"  path: {found}" + ("" if found in WORDS[:2] else "  # guess")
        if found in padded:
            yield "  decode: utf8_bytes_padded  # guess: integers that are bytes of text"

    def state(self) -> Iterator[str]:
        widths = {n: w for n, w in self._numbers() if n.startswith("observation/") and 1 < w <= WIDEST_STATE}
        found = _first(list(widths), FEELING)
        if found is None:
            return
        self._use(found)
        encoding, names = _state(found, widths[found])
        yield "state:"
        yield f"  of: [{found}]"
        yield f"  encoding: {encoding}  # guess: pos_euler, pos_quat or joint, once you know what the columns are"
        yield f"  names: [{', '.join(names)}]  # guess: the doctor and a policy go by them"
        yield ""

    def actions(self) -> Iterator[str]:
        widths = {
            n: w for n, w in self._numbers() if n == "action" or n.startswith(("action/", "action_dict/"))
        }
        yield "  default: recorded"
        yield "  chains:"
        yield "    recorded:"
        if all(name in widths for name in RT1):
            self._use(*RT1)
            yield "      gripper: open_absolute"
            yield f"      names: [{', '.join(NAMES)}]"
            yield "      operations:"
            yield '        - {op: rel2abs_gripper, in: "action/gripper_closedness_action[0]", out: $gripper}  # guess: +1 closes'
            yield "        - {op: concat, of: [action/world_vector, action/rotation_delta, $gripper]}"
            return
        parts = ["action"] if "action" in widths else [n for n in widths if "terminate" not in n]
        if not parts:
            raise self._missing("an action")
        self._use(*parts)
        width = sum(widths[name] for name in parts)
        if width == len(NAMES):
            yield "      gripper: open_absolute  # guess: 1 open, 0 closed"
            yield f"      names: [{', '.join(NAMES)}]  # guess"
        else:
            yield "      gripper: none  # guess: name the column gripper, and say what its numbers mean"
            yield f"      names: [{', '.join(f'action_{i}' for i in range(width))}]"
        yield "      operations:  # guess: deltas as they are recorded, in metres and radians"
        yield f"        - {{op: concat, of: [{', '.join(parts)}]}}"

    def terminate(self) -> Iterator[str]:
        flags = [name for name in ("is_terminal", "is_last") if name in self.leaves]
        if not flags:
            raise self._missing("the end of an episode (is_terminal, is_last)")
        self._use(*flags)
        yield f"  path: {flags[0]}"
        yield "  form: flag"
        if len(flags) > 1:
            yield "  fallback: [is_last]  # guess: an episode that was cut off counts as ended"

    def features(self) -> Iterator[str]:
        for name in self.used:
            leaf = self.leaves[name]
            sizes = "null" if None in leaf.shape else f"[{', '.join(map(str, leaf.shape))}]"
            yield f"  {name}: {{dtype: {declared_dtype(leaf)}, shape: {sizes}}}"


def _state(field: str, width: int) -> tuple[str, list[str]]:
    """The encoding of a state and the names of its columns, by the field's name and what is common at its width."""
    if "joint" in field or "qpos" in field:
        return "joint", [f"joint_{i}" for i in range(width)]
    if width in (len(POSE), len(POSE) + 1):
        return "pos_euler", [*POSE, "gripper"][:width]
    return "other", [f"state_{i}" for i in range(width)]


def _first(names: Sequence[str], wanted: Sequence[str]) -> str | None:
    """The name that is one of `wanted`, or has it at its end, or within it: the first that is wanted, in these ways."""
    ways = (str.__eq__, str.endswith, str.__contains__)
    found = (name for way in ways for word in wanted for name in names if way(name, word))
    return next(found, None)
