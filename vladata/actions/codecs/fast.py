"""FAST: chunks of actions as quantised cosine coefficients over time, spelled as byte pairs; far fewer tokens than numbers.

    16 actions of 7 dimensions -> 112 coefficients, most of them 0 -> "412 87 5 131 90 ..." , some 20 to 60 ids

Formulas: fast/coefficients.py. The vocabulary is learnt from the dataset's own chunks (fast/learnt.py) or read from a folder
of the published tokenizer (fast/folder.py). The ids are those of the published algorithm. A sequence is a chunk if its bytes are
exactly H * D numbers of the fitted range; any other is a ParseError, where the published code gives zeros.

A coefficient that the vocabulary cannot spell (beyond the range that it was fitted to) becomes the nearest that it can spell; the
published code leaves it out or writes an id that cannot be decoded, so the sequence is too short. `beyond` counts such
coefficients.

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
    f"The number of ids; null: {USUAL_VOCABULARY}, or the number of the folder that `from` names.",
    2,
    65_536,
)
SCALE = Number(
    None,
    "The number of steps of a coefficient from 0 to 1; null: 10, or the folder's. More steps are finer and make texts longer.",
    0.1,
    1000.0,
)


@dataclass(frozen=True)
class Fast:
    """Cosine coefficients of a chunk as byte pairs, with a vocabulary learnt from the data or read from a local FAST+ folder.

    names:        the names of the D dimensions.
    coefficients: bounds, H and scale, by which actions become whole numbers.
    learnt:       the vocabulary.
    grippers:     gripper -> convention, for the dimensions that are grippers.
    statistics:   the statistics that the bounds come from; None if the bounds are fixed.
    """

    kind: ClassVar[str] = "fast"
    maskable: ClassVar[bool] = False
    settings: ClassVar[Mapping[str, Setting]] = {
        "vocabulary": VOCABULARY,
        "scale": SCALE,
        "from": Text(
            None,
            "A local folder of a FAST tokenizer (tokenizer.json, processor_config.json); null: learn one from the data.",
        ),
        "bounds": Span(
            "quantiles",
            "The values that become -1 and 1. quantiles: q01 to q99 of the data. min_max: all of the data. rt1, rt1-x: the "
            "fixed bounds of these models. Or {low, high}, or {quantiles}.",
            (*MEASURED, *FIXED),
        ),
        "terminate": Fixed("none", "Codec fast does not spell terminate.", "use codec rt2"),
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
        """Learn the vocabulary from chunks, and return the setting `learnt` of `make`.

        chunks: blocks of float32 actions [N, H, D], read once. If the setting `from` names a folder, nothing is learnt and no
        chunk is read.
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
        """Return the codec of `settings`, which have the result of `fit` under "learnt". Raises UsageError or CodecError.

        If the setting `from` names a folder, it can also raise MissingFile and MalformedJson.
        """
        if shorter:
            what, hint = "codec fast spells only whole chunks", "Give the recipe windows: {tail: drop}."
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
            raise CodecError("codec fast learns its vocabulary from chunks, but none were given", hint=hint)
        from_data = any(map(is_measured, coefficients.bounds.source))
        return cls(names, coefficients, learnt, grippers, statistics if from_data else None)

    def __post_init__(self) -> None:
        object.__setattr__(self, "grippers", known_grippers(self.grippers, self.names))
        check_names(self.names, self.coefficients.bounds)

    @property
    def chunk(self) -> int:
        """H, the number of actions that a text spells."""
        return self.coefficients.chunk

    @property
    def shorter(self) -> bool:
        """False: a byte pair may cover several actions, so a part of a text is not a text."""
        return False

    @property
    def width(self) -> None:
        """None: ids do not stand for single actions."""
        return None

    @property
    def low(self) -> np.ndarray:
        """The low bound of each dimension, float32 [D], not writeable."""
        return self.coefficients.low

    @property
    def high(self) -> np.ndarray:
        """The high bound of each dimension, float32 [D], not writeable."""
        return self.coefficients.high

    @property
    def sources(self) -> tuple[str, ...]:
        """The source of each dimension's bounds, [D]."""
        return self.coefficients.bounds.source

    @property
    def is_foreign(self) -> bool:
        """True if the vocabulary was read from a folder, so that it was learnt from other chunks."""
        return "of" not in self.learnt.source

    @property
    def spelled_names(self) -> tuple[str, ...]:
        """The names of the D dimensions; terminate is not spelled."""
        return self.names

    @cached_property
    def sequences(self) -> Sequences:
        """The state machine of the ids, which says which id may follow."""
        return self._whole.sequences

    @cached_property
    def _whole(self) -> WholeChunks:
        return WholeChunks(self.learnt, self.chunk, len(self.names))

    def encode(self, actions: np.ndarray, terminate: np.ndarray | None = None) -> list[np.ndarray]:
        """Return N int32 arrays of ids of chunks [N, H, D], or of actions [N, D] if H is 1. terminate is not spelled."""
        values = chunked(actions, self.names, self.chunk)
        check_ends(terminate, actions)
        return self.learnt.bpe.encode(self.learnt.nearest(self.coefficients.of(values)) - self.learnt.least)

    def beyond(self, actions: np.ndarray) -> int:
        """Return the number of coefficients of chunks [N, H, D] that the vocabulary cannot spell; `encode` moves them."""
        found = self.coefficients.of(chunked(actions, self.names, self.chunk))
        return int(np.count_nonzero(~np.isin(found, self.learnt.spelled)))

    def meant(self, actions: np.ndarray) -> np.ndarray:
        """Return the chunk [H, D] cut to the bounds: the values that decoding its text gives, within `tolerance`."""
        return np.asarray(np.clip(actions, self.low, self.high))

    def decode(self, bins: np.ndarray) -> np.ndarray:
        """Return float32 actions [H, D] from a sequence of ids [M]; [D] if H is 1. Raises ParseError if it is not a chunk."""
        ids = whole_numbers(bins, "ids", "int32 [M]")
        found = self.coefficients.actions(self._whole.coefficients(ids.tolist())[np.newaxis])[0]
        actions: np.ndarray = found if self.chunk > 1 else found[0]
        return actions

    def texts(self, bins: Iterable[np.ndarray]) -> list[str]:
        """Return one text per array of ids: "412 87 5"."""
        return [self.text(ids) for ids in bins]

    def text(self, bins: np.ndarray) -> str:
        """Return the text of a chunk: its ids, with one space between."""
        return " ".join(map(str, whole_numbers(bins, "ids", "int32 [M]").tolist()))

    def parse(self, text: str) -> np.ndarray:
        """Return int32 ids [M]. Raises ParseError for a text that is not a chunk."""
        return self._whole.parse(text)

    def automaton(self) -> IdTexts:
        """Return the state machine over characters that accepts the texts that `parse` reads."""
        return IdTexts(self.sequences)

    def bins_allowed(self, prefix: Sequence[int]) -> tuple[frozenset[int], bool]:
        """Return the ids that may follow `prefix`, and True if it is a whole chunk; for a decoder with one token per id."""
        state = self.sequences.state_of(prefix)
        if state is None:
            return frozenset(), False
        return frozenset(self.sequences.allowed(state).tolist()), self.sequences.is_end(state)

    def tolerance(self) -> np.ndarray:
        """Return float64 [D], the largest error of decoding an encoded chunk that is within the bounds.

        It includes half a step of each coefficient, and the move of coefficients to the nearest one that can be spelled.
        """
        missed = []
        for reach in self.coefficients.reach().tolist():
            every = np.arange(-reach, reach + 1)
            missed.append(0.5 + np.abs(self.learnt.nearest(every) - every).max())
        return self.coefficients.tolerance(np.array(missed))

    def to_json(self) -> dict[str, Any]:
        """Return this codec's part of a contract; contract.py says what each key means."""
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
        """Return exactly the codec that gave this part of a contract."""
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
        raise UsageError("codec fast does not spell terminate", got=settings["terminate"], allowed="none")
    for name, declared in (("vocabulary", VOCABULARY), ("scale", SCALE)):
        if settings[name] is not None:
            declared.check(name, settings[name])
    bounds = RT2.spanned(settings["bounds"], names, statistics, grippers)
    made = Coefficients(bounds, chunk, float(USUAL_SCALE if settings["scale"] is None else settings["scale"]))
    check_names(names, bounds)
    return made
