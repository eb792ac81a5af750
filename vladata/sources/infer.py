"""Draft a first schema for a dataset from its columns, with every guess marked.

The draft knows which fields are pictures, text and numbers, and their widths. Their meanings are guessed from their names, which
are similar in the datasets of Open X-Embodiment, and marked with "# guess". The draft is a valid schema, so that a conversion can
be tried at once; a person must find out if the meanings are right. Fields that it does not read are listed at its end, with the
reasons.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import yaml

from vladata.errors import SourceError
from vladata.sources.acting import ENDS, action_of, chain_of
from vladata.sources.cameras import CHANNELS, camera_refusal, lists_of_pictures
from vladata.sources.compare import declared_dtype, spelled, value_shape
from vladata.sources.features import Leaf
from vladata.sources.sensing import state_of
from vladata.sources.source import Source
from vladata.sources.words import words_of
from vladata.spec.references import parse
from vladata.spec.strict import NAME

ORDINALS = ("primary", "secondary", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
AT_THE_HAND = ("wrist", "hand", "gripper", "finger")
FOLLOWING = re.compile(r"(^|/)next_obs(ervations?)?/")  # the observation of the next step, repeated
ACTED = ("action/terminate", "action_dict/terminate")
INDEX = "episode_metadata/episode_index"
ONE_HOT = 3
COLOURS = (3, None)
SHOWN = 40  # fields in an error
LONGEST_NAME = 500  # of a field; YAML takes no key beyond 1024
MOST_OF_NAME = 100


def infer(source: Source) -> str:
    """Return the YAML of the draft. Raises SourceError if there is no picture or no action for a sample."""
    draft = _Draft(source.columns, source.described_in, source.last_action)
    lines = [
        _name(source.name),
        "robot: not established  # guess: write which one",
        _frequency(source.frequency),
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
        *draft.key(),
        "features:",
        *draft.features(),
        "",
        "licence: not established",
        *draft.left_out(),
    ]
    return "\n".join(lines) + "\n"


@dataclass
class _Draft:
    """The parts of a draft; `used` collects the fields that they read.

    known:        every field, and value outside the steps.
    described_in: the metadata file that describes them.
    last_action:  as in Source.
    """

    known: Mapping[str, Leaf]
    described_in: str
    last_action: bool

    def __post_init__(self) -> None:
        usable = {n: leaf for n, leaf in self.known.items() if leaf.kind != "unsupported" and not _unnamed(n)}
        self.usable = usable
        self.steps = {n: leaf for n, leaf in usable.items() if leaf.per_step and not FOLLOWING.search(n)}
        self.used: list[str] = []

    def _use(self, *names: str) -> None:
        self.used += [name for name in names if name not in self.used]

    def _numbers(self) -> Iterator[tuple[str, int]]:
        """Yield the fields with one number or one row of numbers per step, of any type, and their widths."""
        for name, leaf in self.steps.items():
            shape = value_shape(leaf)
            if leaf.kind == "number" and len(shape) < 2 and None not in shape and 0 not in shape:
                yield name, (shape[0] or 0) if shape else 1

    def _missing(self, what: str) -> SourceError:
        there = [f"{_quoted(name)} {spelled(leaf)}" for name, leaf in self.known.items() if leaf.per_step]
        more = f" and {len(there) - SHOWN} more" if len(there) > SHOWN else ""
        return SourceError(
            f"no field of the steps looks like {what}",
            where=self.described_in,
            hint=f"The steps have: {', '.join(there[:SHOWN])}{more}. Write a schema by hand: docs/schemas.md.",
        )

    def cameras(self) -> Iterator[str]:
        pictures = sorted(name for name, leaf in self.steps.items() if _is_picture(leaf))
        lists = sorted(name for name, leaf in self.steps.items() if _is_picture(leaf, 0))
        uncertain = ""
        if not pictures and not lists:  # grey ones may be masks, and are drafted where there are no others
            pictures = sorted(
                name for name, leaf in self.steps.items() if _is_picture(leaf, channels=CHANNELS)
            )
            uncertain = "  # guess: a picture, though it does not have three colours"
        if not pictures and not lists:
            raise self._missing("a picture")
        if not pictures:
            self._use(lists[0])
            yield f"  primary: {_quoted(lists[0] + '[0]')}  # guess: the first picture of the list that each step has"
        at_hand = [
            name for name in pictures if any(word in re.split(r"[/.]", name)[-1] for word in AT_THE_HAND)
        ]
        others = [name for name in pictures if name not in at_hand]
        wrists = ["wrist", *(f"wrist_{n}" for n in range(2, len(at_hand) + 1))]
        ordinals = [*ORDINALS, *(f"camera_{n}" for n in range(len(ORDINALS) + 1, len(others) + 1))]
        for camera, name in [*zip(ordinals, others, strict=False), *zip(wrists, at_hand, strict=False)]:
            self._use(name)
            yield f"  {camera}: {_quoted(name)}" + (
                uncertain or ("  # guess: it is at the hand" if name in at_hand else "")
            )

    def language(self) -> Iterator[str]:
        found = words_of(self.usable)
        if found is None:
            yield "  constant: do the task  # guess: no field is text; write what the robot does in all episodes"
            return
        self._use(found.path, *found.wordings)
        yield f"  path: {_quoted(found.path)}" + ("" if found.sure else "  # guess")
        if found.wordings:
            named = ", ".join(map(_quoted, found.wordings))
            yield f"  wordings: [{named}]  # guess: the same in other words; an episode takes one of all"
        if found.several:
            yield "  take: first  # guess: a value holds several texts; drawn takes one of them, a number always that one"
        if found.padded:
            yield "  decode: utf8_bytes_padded  # guess: integers that are bytes of text"

    def state(self) -> Iterator[str]:
        found = state_of(dict(self._numbers()), self.known)
        if found is None:
            return
        field, encoding, names = found
        self._use(field)
        yield "state:"
        yield f"  of: [{_quoted(field)}]"
        yield f"  encoding: {encoding}  # guess: pos_euler, pos_quat or joint, once you know what the columns are"
        yield f"  names: [{', '.join(names)}]  # guess: the doctor and a policy go by them"
        yield ""

    def actions(self) -> Iterator[str]:
        widths = dict(self._numbers())
        found = action_of(widths)
        if found is None:
            raise self._missing("an action: one number or one row of numbers per step")
        self._use(*found.parts)
        yield "  default: recorded"
        if self.last_action:
            yield "  last_step: recorded"
        yield "  chains:"
        yield "    recorded:"
        yield from chain_of(found, widths, self.known, _quoted)

    def terminate(self) -> Iterator[str]:
        """Yield the end from the action, if it has one: is_terminal is an RLDS flag that converters often do not set."""
        widths = dict(self._numbers())
        flags = [name for name in ("is_terminal", "is_last") if widths.get(name) == 1]
        ends = [n for n, w in widths.items() if w in (1, ONE_HOT) and ENDS.search(n) and "is_first" not in n]
        acted = [name for name in ends if name.startswith(ACTED)]
        told = acted or flags or ends
        if told:
            guess = "" if told is flags else "  # guess"
            self._use(told[0])
            yield f"  path: {_quoted(told[0])}{guess}"
            yield f"  form: {self._form(told[0], widths[told[0]])}{guess}"
        if "is_last" in flags and told[0] != "is_last":
            self._use("is_last")
            yield "  fallback: [is_last]  # guess: an episode that was cut off counts as ended"
        elif not flags:
            yield "  fallback: [position]  # guess: no step is flagged as the last; an episode has ended where its steps end"

    def _form(self, name: str, width: int) -> str:
        if width == ONE_HOT:
            return "one_hot3"
        return "scalar_float" if self.steps[name].dtype.startswith("float") else "flag"

    def key(self) -> Iterator[str]:
        """Yield the name of an episode in files of other projects, if the data numbers its episodes."""
        if INDEX in self.usable and self.usable[INDEX].kind == "number":
            self._use(INDEX)
            yield f"episode_key: [{INDEX}]"
            yield ""

    def features(self) -> Iterator[str]:
        for name in self.used:
            leaf = self.known[name]
            shape = value_shape(leaf)
            known = None not in shape and 0 not in shape
            sizes = f"[{', '.join(map(str, shape))}]" if known else "null"
            level = "" if leaf.per_step else ", level: episode"
            yield f"  {_quoted(name)}: {{dtype: {declared_dtype(leaf)}, shape: {sizes}{level}}}"

    def left_out(self) -> Iterator[str]:
        """Yield comments with the fields that the draft does not read, and the reason if it could not."""
        left = {name: leaf for name, leaf in self.known.items() if name not in self.used}
        if left:
            yield ""
            yield "# Not read by this draft, though the data has it:"
        for name, leaf in left.items():
            once = "" if leaf.per_step else ", once an episode"
            why = self._why_not(name, leaf)
            yield f"#   {_quoted(name)}: {spelled(leaf)}{once}" + (f" ({why})" if why else "")

    def _why_not(self, name: str, leaf: Leaf) -> str:
        if leaf.kind == "unsupported":
            return f"the native reader cannot read it: {_quoted(leaf.reason)}"
        if FOLLOWING.search(name):
            return "the observation of the following step"
        if _unnamed(name):
            return "a schema cannot name it: its name is not allowed in a reference"
        if leaf.kind == "image" or (leaf.kind == "number" and lists_of_pictures(leaf) >= 0):
            refusal = camera_refusal(leaf)
            return refusal.why if refusal else "it is not a picture of three colours"
        if leaf.tfds_class == "ClassLabel":
            return "numbers of labels, whose names features.json does not hold"
        if leaf.kind == "number" and leaf.per_step and name not in dict(self._numbers()):
            return "a chain computes with one number or one row of numbers per step"
        return ""


def _unnamed(name: str) -> bool:
    """Return True if a schema has no way to name the field."""
    reference = parse(name)
    return (
        reference is None
        or reference.is_register
        or name.startswith(("steps/", "/"))
        or len(name) > LONGEST_NAME
    )


def _is_picture(leaf: Leaf, place: int | None = None, channels: tuple[int | None, ...] = COLOURS) -> bool:
    """Return True if the field looks like pictures with these numbers of channels: one per step or, with a place, a list of them.

    Text may hold pictures too, but this is not guessed.
    """
    is_camera = leaf.kind != "text" and camera_refusal(leaf, place) is None
    return is_camera and bool(leaf.shape) and leaf.shape[-1] in channels


def _name(name: str) -> str:
    """Return the line of the draft's name, which becomes part of file names."""
    if re.fullmatch(NAME, name) and len(name) <= MOST_OF_NAME:
        return f"name: {_quoted(name)}"
    made = re.sub(r"[^A-Za-z0-9_-]+", "_", name).strip("_-")[:MOST_OF_NAME] or "dataset"
    return f"name: {_quoted(made)}  # guess: a name holds letters, digits, _ and -"


def _frequency(hz: float | None) -> str:
    if hz is None:
        return "control_frequency_hz: null  # steps per second, if you know it"
    return f"control_frequency_hz: {hz:g}"


def _quoted(text: str) -> str:
    """Return `text` as YAML, in quotes if it needs them."""
    return yaml.safe_dump([text], default_flow_style=True, allow_unicode=True, width=1 << 30).strip()[1:-1]
