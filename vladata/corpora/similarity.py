"""The agreement of image and text, for corpora that do not give it: from a CLIP-like model, or from a function of the user.

    scorer("./clip-vit-base-patch32")     a model for AutoModel and AutoProcessor: a folder, or a name on Hugging Face
    scorer("mine.scores:of_pairs")        a function (images, texts) -> one number per pair

A score is the cosine of the two embeddings, float32. Texts are cut or padded to the length of the model, so that the score of a
pair does not depend on its neighbours. A GPU, another processor or another version of torch may still change the last digits, so
scores are computed once and stored in the index. In this folder only this file imports torch and transformers, and only for a
model.
"""

import re
from collections.abc import Callable, Sequence
from importlib import import_module
from io import BytesIO
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from PIL import Image

from vladata.corpora.rows import IMAGE_MARK, ROWS
from vladata.errors import BadImage, MissingExtra, SourceError, UsageError
from vladata.images import probe
from vladata.language.pairs import chosen_answer

Score = Callable[[Sequence[bytes], Sequence[str]], np.ndarray]
"""A function from N encoded images and N texts to float32 [N]; NaN for a pair without a score."""

Read = Callable[[Sequence[tuple[str, int, int]]], list[bytes]]
"""A function from places of images, (file, offset, length), to their bytes."""

BATCH = 64
SEEN = ("file", "question", "answers", "images")  # the columns of a row that a score needs


def scorer(name: str) -> Score:
    """Return the function called `name`. Raises MissingExtra or SourceError for a model, and UsageError for a function."""
    if re.fullmatch(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*", name):
        return _own(*name.split(":"))
    return _Clip(name)


def _own(module: str, function: str) -> Score:
    try:
        found = getattr(import_module(module), function)
    except (ImportError, AttributeError) as fault:
        hint = "The module must be importable from here: installed, or in a folder of PYTHONPATH."
        raise UsageError(
            f"there is no such function: {fault}", where=f"{module}:{function}", hint=hint
        ) from None
    score: Score = found
    return score


class _Clip:
    """A model that embeds images and texts in one space."""

    def __init__(self, name: str) -> None:
        try:
            import torch
            from transformers import AutoModel, AutoProcessor
        except ImportError as fault:
            hint = 'pip install "vladata[similarity]"'
            raise MissingExtra(f"a similarity model needs {fault.name}", where=name, hint=hint) from None
        try:
            self._model = AutoModel.from_pretrained(name).eval()
            self._processor = AutoProcessor.from_pretrained(name)
            self._length = self._model.config.text_config.max_position_embeddings
        except (OSError, ValueError, AttributeError) as fault:
            hint = "Give the folder of a model that embeds images and texts, such as CLIP or SigLIP, or its name on the hub."
            raise SourceError(
                "the similarity model cannot be loaded", where=name, got=str(fault), hint=hint
            ) from None
        self._torch = torch
        self._model.to("cuda" if torch.cuda.is_available() else "cpu")

    def __call__(self, images: Sequence[bytes], texts: Sequence[str]) -> np.ndarray:
        scores = np.full(len(texts), np.nan, np.float32)
        decoded = [_decoded(image) for image in images]
        at = [i for i, image in enumerate(decoded) if image is not None]
        if at:
            scores[at] = self._cosines([decoded[i] for i in at], [texts[i] for i in at])
        return scores

    def _cosines(self, images: Sequence[Any], texts: Sequence[str]) -> np.ndarray:
        text = {"padding": "max_length", "truncation": True, "max_length": self._length}
        given = self._processor(text=list(texts), images=list(images), return_tensors="pt", **text)
        with self._torch.inference_mode():
            found = self._model(**given.to(self._model.device))
            cosines = self._torch.nn.functional.cosine_similarity(found.image_embeds, found.text_embeds)
        made: np.ndarray = cosines.float().cpu().numpy()
        return made


def _decoded(data: bytes) -> Image.Image | None:
    """Return an RGB image, or None if the bytes are not an image. Such a pair has no similarity, and the filter counts it."""
    try:
        probe(data)
        return Image.open(BytesIO(data)).convert("RGB")
    except (BadImage, OSError, ValueError, SyntaxError):
        return None


def scored(rows: pa.Table, read: Read, score: Score, batch: int = BATCH) -> pa.Table:
    """Return `rows` with a similarity for each fit row without one, from its first image and its text."""
    lacking = pc.and_(pc.is_null(rows["similarity"]), pc.is_null(rows["outcome"])).to_numpy()
    at = np.flatnonzero(lacking)
    values = rows["similarity"].to_numpy(zero_copy_only=False).astype(np.float32)  # NaN where null
    for start in range(0, len(at), batch):
        some = at[start : start + batch]
        pairs = rows.select(SEEN).take(pa.array(some)).to_pylist()
        values[some] = _checked(
            score(read([_place(pair) for pair in pairs]), list(map(text_of, pairs))), len(some)
        )
    column = pa.array(values, from_pandas=True)
    return rows.set_column(rows.schema.get_field_index("similarity"), ROWS.field("similarity"), column)


def text_of(pair: dict[str, Any]) -> str:
    """Return the text that is compared with the image: the question, if any, and the most frequent answer."""
    answer = chosen_answer(pair["answers"], "most_frequent", "", 0)
    return " ".join(f"{pair['question']} {answer}".replace(IMAGE_MARK, " ").split())


def _place(pair: dict[str, Any]) -> tuple[str, int, int]:
    image = pair["images"][0]
    return image["file"] or pair["file"], image["offset"], image["length"]


def _checked(scores: object, count: int) -> np.ndarray:
    found = np.asarray(scores)
    if found.shape != (count,) or found.dtype.kind not in "fiu":
        got = f"{found.dtype} {list(found.shape)}"
        allowed = f"numbers [{count}], one a pair"
        raise UsageError("the function did not return similarities", got=got, allowed=allowed)
    return found.astype(np.float32)
