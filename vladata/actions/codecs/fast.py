"""FAST: chunks of actions as cosines over time, quantised, and byte pairs of those; far fewer tokens than a number a value.

    16 actions of 7 dimensions -> 112 coefficients, most of them 0 -> "412 87 5 131 90 ..." , some 20 to 60 ids

Formulas: fast/coefficients.py. The vocabulary is learnt from the dataset's own chunks (fast/learnt.py) or read from a folder
of the published tokenizer (fast/folder.py). Ids are the published algorithm's. A sequence is a chunk exactly when its bytes are
H * D numbers of the fitted range; anything else is a ParseError, where the published code gives zeros.

A coefficient that the vocabulary cannot spell (beyond all that it was fitted to) becomes the nearest that it can; the published
code leaves it out, or lets it in undecodable, and the sequence is then too short. `beyond` counts such coefficients.

Sources: arXiv 2501.09747; physical-intelligence/fast, processing_action_tokenizer.py.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np

from vladata.actions.bounds import FIXED, MEASURED, Bounds, is_measured
from vladata.actions.checked import check_ends, check_names, chunked, whole_numbers
from vladata.actions.codecs.rt2 import RT2
from vladata.actions.fast.coefficients import RULE, Coefficients
from vladata.actions.fast.folder import read_folder
from vladata.actions.fast.learnt import Learnt, learn_from
from vladata.actions.fast.sequences import Sequences
from vladata.actions.fast.texts import IdTexts
from vladata.actions.fast.whole import WholeChunks
from vladata.actions.grippers import known_grippers
from vladata.actions.settings import Fixed, Number, Setting, Span, Text, Whole
from vladata.actions.statistics import Statistics
from vladata.errors import CodecError, UsageError

USUAL_VOCABULARY, USUAL_SCALE = 1024, 10.0
VOCABULARY = Whole(
    None,
    f"How many ids there are: {USUAL_VOCABULARY} where nothing is said, or those of the folder that `from` names.",
    2,
    65_536,
)
SCALE = Number(
    None,
    "Steps of a coefficient from 0 to 1: 10 where nothing is said, or that of the folder. More is finer and longer.",
    0.1,
    1000.0,
)


@dataclass(frozen=True)
class Fast:
    """Cosines over a chunk of actions as byte pairs, with a vocabulary of the data's own or of a local FAST+ folder.

    names:        of the D dimensions.
    coefficients: bounds, H and scale: how actions become whole numbers.
    learnt:       the vocabulary.
    grippers:     gripper -> convention, of the dimensions that are grippers.
    statistics:   what the bounds come from; None where they are fixed.
    """

    kind: ClassVar[str] = "fast"
    maskable: ClassVar[bool] = False
    settings: ClassVar[Mapping[str, Setting]] = {
        "vocabulary": VOCABULARY,
        "scale": SCALE,
        "from": Text(
            None,
            "A local folder of a FAST tokenizer (tokenizer.json, processor_config.json); none: learnt from the data.",
        ),
        "bounds": Span(
            "quantiles",
            "What becomes -1 and 1. quantiles: q01 to q99 of the data. min_max: all of the data. rt1, rt1-x: the fixed ones "
            "of those models. Or low and high.",
            (*MEASURED, *FIXED),
        ),
        "terminate": Fixed(
            "none", "Where terminate stands: nowhere, byte pairs are of dimensions.", "use codec rt2"
        ),
    }

    names: tuple[str, ...]
    coefficients: Coefficients
    learnt: Learnt
    grippers: Mapping[str, str] = field(default_factory=dict, hash=False)
    statistics: Statistics | None = None

    @classmethod
    def fit(
        cls,
        chunks: Iterable[np.ndarray],
        settings: Mapping[str, Any],
        names: tuple[str, ...],
        grippers: Mapping[str, str],
        statistics: Statistics | None,
        chunk: int = 1,
    ) -> dict[str, Any]:
        """What chunks teach: the setting `learnt` of `make`. chunks: blocks of float32 actions [N, H, D], read once.

        Where the setting `from` names a folder nothing is learnt, and no chunk is read.
        """
        if settings["from"] is not None:
            return {}
        coefficients = _coefficients(settings, names, grippers, statistics, chunk)
        blocks = (chunked(block, names, chunk) for block in chunks)
        asked = settings["vocabulary"]
        return learn_from(blocks, coefficients, USUAL_VOCABULARY if asked is None else asked).to_json()

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
        """The codec of these settings, and of what `fit` gave under "learnt". Raises UsageError or CodecError.

        Where the setting `from` names a folder MissingFile and MalformedJson too.
        """
        if shorter:
            what, hint = "codec fast spells whole chunks only", "Give the recipe windows: {tail: drop}."
            raise UsageError(what, got="shorter texts", hint=hint)
        coefficients = _coefficients(settings, names, grippers, statistics, chunk)
        folder, fitted = settings["from"], settings.get("learnt")
        if folder is not None:
            learnt, scale = read_folder(folder, chunk, len(names), settings["scale"], settings["vocabulary"])
            coefficients = replace(coefficients, scale=scale)
        elif fitted is not None:
            learnt = Learnt.from_json(fitted)
        else:
            hint = "Give codec(..., chunks=[...]), blocks of actions [N, H, D], or a folder of a FAST tokenizer: from."
            raise CodecError("codec fast learns its vocabulary from chunks, and there are none", hint=hint)
        from_data = any(map(is_measured, coefficients.bounds.source))
        return cls(names, coefficients, learnt, grippers, statistics if from_data else None)

    def __post_init__(self) -> None:
        object.__setattr__(self, "grippers", known_grippers(self.grippers, self.names))
        check_names(self.names, self.coefficients.bounds)

    @property
    def chunk(self) -> int:
        """H."""
        return self.coefficients.chunk

    @property
    def shorter(self) -> bool:
        """False: byte pairs reach over actions, so a part of a text is no text."""
        return False

    @property
    def width(self) -> None:
        """None: ids do not stand for single actions."""
        return None

    @property
    def low(self) -> np.ndarray:
        """float32 [D], not writeable."""
        return self.coefficients.low

    @property
    def high(self) -> np.ndarray:
        """float32 [D], not writeable."""
        return self.coefficients.high

    @property
    def sources(self) -> tuple[str, ...]:
        """[D], where the bounds of each dimension come from."""
        return self.coefficients.bounds.source

    @property
    def is_foreign(self) -> bool:
        """Whether the vocabulary was read from a folder, and so learnt from other chunks."""
        return "of" not in self.learnt.source

    @property
    def spelled_names(self) -> tuple[str, ...]:
        """The D dimensions."""
        return self.names

    @cached_property
    def sequences(self) -> Sequences:
        """Which ids may follow each other."""
        return self._whole.sequences

    @cached_property
    def _whole(self) -> WholeChunks:
        return WholeChunks(self.learnt, self.chunk, len(self.names))

    def encode(self, actions: np.ndarray, terminate: np.ndarray | None = None) -> list[np.ndarray]:
        """N int32 arrays of ids, of chunks [N, H, D]; of actions [N, D] where H is 1. terminate is not spelled."""
        values = chunked(actions, self.names, self.chunk)
        check_ends(terminate, actions)
        return self.learnt.bpe.encode(self.learnt.nearest(self.coefficients.of(values)) - self.learnt.least)

    def beyond(self, actions: np.ndarray) -> int:
        """How many coefficients of chunks [N, H, D] the vocabulary cannot spell, and `encode` moves to the nearest."""
        found = self.coefficients.of(chunked(actions, self.names, self.chunk))
        return int(np.count_nonzero(~np.isin(found, self.learnt.spelled)))

    def meant(self, actions: np.ndarray) -> np.ndarray:
        """What decoding the text of a chunk [H, D] should give, within `tolerance`: the chunk, cut to the bounds."""
        return np.asarray(np.clip(actions, self.low, self.high))

    def decode(self, bins: np.ndarray) -> np.ndarray:
        """float32 actions [H, D] of a sequence of ids [M], [D] where H is 1. ParseError says why it is no chunk."""
        ids = whole_numbers(bins, "ids", "int32 [M]")
        found = self.coefficients.actions(self._whole.coefficients(ids.tolist())[np.newaxis])[0]
        actions: np.ndarray = found if self.chunk > 1 else found[0]
        return actions

    def texts(self, bins: Iterable[np.ndarray]) -> list[str]:
        """One text an array of ids: "412 87 5"."""
        return [self.text(ids) for ids in bins]

    def text(self, bins: np.ndarray) -> str:
        """The ids of a chunk, one space between."""
        return " ".join(map(str, whole_numbers(bins, "ids", "int32 [M]").tolist()))

    def parse(self, text: str) -> np.ndarray:
        """int32 ids [M]; ParseError says what is wrong with the text."""
        return self._whole.parse(text)

    def automaton(self) -> IdTexts:
        """The machine that accepts what `parse` takes, character by character."""
        return IdTexts(self.sequences)

    def bins_allowed(self, prefix: Sequence[int]) -> tuple[frozenset[int], bool]:
        """The ids that may follow `prefix`, and whether it is a whole chunk; for a decoder with a token an id."""
        state = self.sequences.state_of(prefix)
        if state is None:
            return frozenset(), False
        return frozenset(self.sequences.allowed(state).tolist()), self.sequences.is_end(state)

    def tolerance(self) -> np.ndarray:
        """float64 [D]: within the bounds, decoding an encoded chunk misses no value by more than this.

        Half a step of each coefficient, and what lies between the greatest that actions can have and the nearest one spelled.
        """
        missed = []
        for reach in self.coefficients.reach().tolist():
            every = np.arange(-reach, reach + 1)
            missed.append(0.5 + np.abs(self.learnt.nearest(every) - every).max())
        return self.coefficients.tolerance(np.array(missed))

    def to_json(self) -> dict[str, Any]:
        """Its part of a contract; contract.py says what each key means."""
        bounds = self.coefficients.bounds
        return {
            "codec": self.kind,
            "bounds": {"low": list(bounds.low), "high": list(bounds.high), "source": list(bounds.source)},
            "mask": [True] * len(self.names),
            "names": list(self.names),
            "terminate": None,
            "grippers": dict(self.grippers),
            "rounding": RULE,
            "statistics": self.statistics.to_json() if self.statistics else None,
            "chunk_length": self.chunk,
            "shorter": False,
            "scale": self.coefficients.scale,
            "vocabulary": len(self.learnt.bpe),
            **self.learnt.to_json(),
        }

    @classmethod
    def from_json(cls, part: Mapping[str, Any]) -> Self:
        """The codec that gave this part of a contract, exactly."""
        bounds, statistics = part["bounds"], part["statistics"]
        span = Bounds(tuple(bounds["low"]), tuple(bounds["high"]), tuple(bounds["source"]))
        return cls(
            tuple(part["names"]),
            Coefficients(span, part["chunk_length"], part["scale"]),
            Learnt.from_json(part),
            part["grippers"],
            Statistics.from_json(statistics) if statistics else None,
        )


def _coefficients(
    settings: Mapping[str, Any],
    names: tuple[str, ...],
    grippers: Mapping[str, str],
    statistics: Statistics | None,
    chunk: int,
) -> Coefficients:
    if settings["terminate"] != "none":
        raise UsageError("codec fast spells no terminate", got=settings["terminate"], allowed="none")
    for name, declared in (("vocabulary", VOCABULARY), ("scale", SCALE)):
        if settings[name] is not None:
            declared.check(name, settings[name])
    bounds = RT2.spanned(settings["bounds"], names, statistics, grippers)
    made = Coefficients(bounds, chunk, float(USUAL_SCALE if settings["scale"] is None else settings["scale"]))
    check_names(names, bounds)
    return made
