"""Draft a first schema for a dataset from its columns, with every guess marked.

The data shows which fields are pictures, text and numbers, and their shapes. Their meaning is guessed from names that are common
in datasets of Open X-Embodiment, and marked "# guess". The draft is a valid schema, so a conversion can be tried at once; a
person must check whether the numbers have the guessed meaning. A comment at the end lists every field that the draft does not
read, with the reason.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import yaml

from vladata.errors import SourceError
from vladata.sources.acting import ENDS, action_of, chain_of
from vladata.sources.camera_names import camera_names, is_at_the_hand
from vladata.sources.cameras import CHANNELS, camera_refusal, lists_of_pictures
from vladata.sources.compare import declared_dtype, spelled, value_shape
from vladata.sources.features import Leaf
from vladata.sources.sensing import state_of
from vladata.sources.source import Source
from vladata.sources.unread import advice, role_of
from vladata.sources.words import words_of
from vladata.spec.references import parse
from vladata.spec.strict import NAME

FOLLOWING = re.compile(r"(^|/)next_obs(ervations?)?/")  # the observation of the next step, a copy
ACTED = ("action/terminate", "action_dict/terminate")
INDEX = "episode_metadata/episode_index"
ONE_HOT = 3
COLOURS = (3, None)
SHOWN = 40  # the most fields in an error
LONGEST_NAME = 500  # the longest name of a field; YAML allows keys of up to 1024 characters
MOST_OF_NAME = 100


@dataclass(frozen=True)
class Drafted:
    """A drafted schema.

    text:   the schema as YAML.
    unread: field of the data that the draft does not read -> its guessed meaning: depth, words, success, state, or "".
    """

    text: str
    unread: Mapping[str, str]

    @property
    def guesses(self) -> int:
        """The number of guesses in the draft."""
        return self.text.count("# guess")


def infer(source: Source) -> Drafted:
    """Draft the schema of a source. Raises SourceError if there is no picture or no action, which every sample needs."""
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
    return Drafted("\n".join(lines) + "\n", draft.unread())


@dataclass
class _Draft:
    """The parts of a draft. Each part adds the fields that it reads to `used`.

    known:        every field, and every value outside the steps.
    described_in: the file that describes the fields.
    last_action:  True if the last step of an episode has a valid action.
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
        """Yield (field, number of columns) of each field with one number or one row of numbers for each step."""
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
        if (
            not pictures and not lists
        ):  # grey pictures may be masks, and are drafted only if there are no others
            pictures = sorted(
                name for name, leaf in self.steps.items() if _is_picture(leaf, channels=CHANNELS)
            )
            uncertain = "  # guess: a picture, though it does not have three colours"
        if not pictures and not lists:
            raise self._missing("a picture")
        if not pictures:
            self._use(lists[0])
            yield f"  primary: {_quoted(lists[0] + '[0]')}  # guess: the first picture of each step's list"
            return
        for camera, name in camera_names(pictures).items():
            self._use(name)
            at_hand = "  # guess: it is at the hand" if is_at_the_hand(name) else ""
            yield f"  {camera}: {_quoted(name)}" + (uncertain or at_hand)

    def language(self) -> Iterator[str]:
        found = words_of(self.usable)
        if found is None:
            yield "  constant: do the task  # guess: no field is text; write the task of all episodes"
            return
        self._use(found.path, *found.wordings)
        yield f"  path: {_quoted(found.path)}" + ("" if found.sure else "  # guess")
        if found.wordings:
            named = ", ".join(map(_quoted, found.wordings))
            yield f"  wordings: [{named}]  # guess: the instruction in other words; each episode takes one of all"
        if found.several:
            yield "  take: first  # guess: a value holds several texts; drawn takes any of them, a number the one at that place"
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
        yield f"  names: [{', '.join(names)}]  # guess: the doctor and policies use them"
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
        """Yield the end of an episode, from a field of the action if there is one: RLDS's is_terminal is often not set."""
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
            yield "  fallback: [position]  # guess: no step is flagged as the end; an episode ends where its steps end"

    def _form(self, name: str, width: int) -> str:
        if width == ONE_HOT:
            return "one_hot3"
        return "scalar_float" if self.steps[name].dtype.startswith("float") else "flag"

    def key(self) -> Iterator[str]:
        """Yield the key by which files of other projects name an episode, if the data numbers its episodes."""
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

    def unread(self) -> dict[str, str]:
        """Return a map from every field that the draft does not read to its guessed meaning (unread.py)."""
        left = {name: leaf for name, leaf in self.known.items() if name not in self.used}
        return {name: "" if FOLLOWING.search(name) else role_of(name, leaf) for name, leaf in left.items()}

    def left_out(self) -> Iterator[str]:
        """Yield a comment that names every field that the draft does not read, with the reason or advice."""
        unread = self.unread()
        if unread:
            yield ""
            yield "# The data has these fields too, and this draft does not read them:"
        for name, role in unread.items():
            leaf = self.known[name]
            once = "" if leaf.per_step else ", once an episode"
            why = "; ".join(filter(None, [self._why_not(name, leaf), advice(role, name)]))
            yield f"#   {_quoted(name)}: {spelled(leaf)}{once}" + (f" ({why})" if why else "")

    def _why_not(self, name: str, leaf: Leaf) -> str:
        if leaf.kind == "unsupported":
            return f"the native reader cannot read it: {_quoted(leaf.reason)}"
        if FOLLOWING.search(name):
            return "the observation of the following step"
        if _unnamed(name):
            return "a schema cannot name it: references cannot spell its name"
        if leaf.kind == "image" or (leaf.kind == "number" and lists_of_pictures(leaf) >= 0):
            refusal = camera_refusal(leaf)
            return refusal.why if refusal else "it is not a picture of three colours"
        if leaf.tfds_class == "ClassLabel":
            return "numbers of labels, whose names features.json does not hold"
        if leaf.kind == "number" and leaf.per_step and name not in dict(self._numbers()):
            return "a chain computes with one number or one row of numbers per step"
        return ""


def _unnamed(name: str) -> bool:
    """Return True if a schema cannot name the field."""
    reference = parse(name)
    return (
        reference is None
        or reference.is_register
        or name.startswith(("steps/", "/"))
        or len(name) > LONGEST_NAME
    )


def _is_picture(leaf: Leaf, place: int | None = None, channels: tuple[int | None, ...] = COLOURS) -> bool:
    """Return True if the field looks like pictures with one of `channels`: one per step, or with `place` a list per step.

    Text can also hold pictures, but is never guessed to be pictures.
    """
    is_camera = leaf.kind != "text" and camera_refusal(leaf, place) is None
    return is_camera and bool(leaf.shape) and leaf.shape[-1] in channels


def _name(name: str) -> str:
    """Return the line with the draft's name, which becomes part of file names."""
    if re.fullmatch(NAME, name) and len(name) <= MOST_OF_NAME:
        return f"name: {_quoted(name)}"
    made = re.sub(r"[^A-Za-z0-9_-]+", "_", name).strip("_-")[:MOST_OF_NAME] or "dataset"
    return f"name: {_quoted(made)}  # guess: a name holds letters, digits, _ and -"


def _frequency(hz: float | None) -> str:
    if hz is None:
        return "control_frequency_hz: null  # steps per second, if you know it"
    return f"control_frequency_hz: {hz:g}"


def _quoted(text: str) -> str:
    """Return `text` as YAML, in quotes where it needs them."""
    return yaml.safe_dump([text], default_flow_style=True, allow_unicode=True, width=1 << 30).strip()[1:-1]
