"""Similarity where the corpus says none: a CLIP against a plain computation, functions of one's own, and what is filled in."""

import io
import sys

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

from vladata.corpora.rows import ROWS
from vladata.corpora.similarity import scored, scorer, text_of
from vladata.errors import MissingExtra, SourceError, UsageError

TEXTS = ["a dog on the beach", "a red plate", "cat", "what is red ? " * 9]


def picture(seed, kind="JPEG"):
    file = io.BytesIO()
    values = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), np.uint8)
    Image.fromarray(values).resize((48, 40)).save(file, kind)
    return file.getvalue()


IMAGES = [picture(0), picture(1, "PNG"), picture(2, "WEBP"), picture(3)]


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    pytest.importorskip("torch", reason="the similarity models need torch")
    pytest.importorskip("transformers", reason="the similarity models need transformers")
    from tests.corpora import tiny_clip

    folder = tmp_path_factory.mktemp("clip")
    tiny_clip.write(folder)
    return str(folder)


def test_a_score_is_the_cosine_of_two_embeddings(clip):
    import torch
    from transformers import CLIPModel, CLIPProcessor

    model, processor = CLIPModel.from_pretrained(clip).eval(), CLIPProcessor.from_pretrained(clip)
    expected = []
    for data, text in zip(IMAGES, TEXTS, strict=True):
        image = Image.open(io.BytesIO(data)).convert("RGB")
        given = processor(text=[text], images=[image], return_tensors="pt", truncation=True, max_length=12)
        with torch.no_grad():
            expected.append(float(model(**given).logits_per_image / model.logit_scale.exp()))
    found = scorer(clip)(IMAGES, TEXTS)
    assert found.dtype == np.float32
    assert found == pytest.approx(expected, abs=1e-5)
    assert len(set(np.round(found, 3))) > 1


def test_the_score_of_a_pair_is_not_its_neighbours_business(clip):
    score = scorer(clip)
    alone = [score([image], [text])[0] for image, text in zip(IMAGES, TEXTS, strict=True)]
    assert score(IMAGES, TEXTS) == pytest.approx(alone, abs=1e-6)


def test_what_is_no_image_has_no_score(clip):
    found = scorer(clip)([IMAGES[0], b"text", IMAGES[3][:100]], TEXTS[:3])
    assert np.isnan(found).tolist() == [False, True, True]
    assert np.isnan(scorer(clip)([b""], ["a"])).all()


def test_a_model_that_is_not_there(clip, tmp_path):
    with pytest.raises(SourceError, match="the similarity model cannot be loaded"):
        scorer(str(tmp_path))


def test_without_torch_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtra, match=r'pip install "vladata\[similarity\]"'):
        scorer("./clip")


def length_of_text(images, texts):
    return np.array([len(text) + len(image) / 1000 for image, text in zip(images, texts, strict=True)])


def test_a_function_of_ones_own(monkeypatch):
    monkeypatch.setitem(sys.modules, "my_scores", sys.modules[__name__])
    assert scorer("my_scores:length_of_text")([b"12"], ["abc"]) == pytest.approx(3.002)


@pytest.mark.parametrize("name", ["no_such_module:f", "vladata.keys:no_such_function"])
def test_a_function_that_is_not_there(name):
    with pytest.raises(UsageError, match="there is no such function"):
        scorer(name)


def rows():
    """Four rows: one has its similarity, one is rejected, one's image lies in another file."""
    base = dict.fromkeys(ROWS.names) | {"file": "a.tar", "task": "caption", "question": ""}
    one = {"height": 1, "width": 1, "digest": 1, "look": None, "file": "", "offset": 5, "length": 3}
    answers = [{"text": "a", "weight": 1.0}, {"text": "most", "weight": 3.0}]
    fit = base | {"answers": answers, "images": [one, one | {"offset": 0}]}
    said = [fit | {"similarity": 0.5}, base | {"outcome": "rejected"}]
    said += [fit | {"question": "what?"}, fit | {"images": [one | {"file": "b.tar", "offset": 9}]}]
    return pa.Table.from_pylist(said, ROWS)


@pytest.mark.parametrize("batch", [1, 2, 64])
def test_only_what_lacks_one_is_scored(batch):
    asked = []

    def read(places):
        asked.extend(places)
        return [b"x" * length for _, _, length in places]

    found = scored(rows(), read, length_of_text, batch)
    assert asked == [("a.tar", 5, 3), ("b.tar", 9, 3)]
    assert found["similarity"].to_pylist() == [0.5, None, pytest.approx(10.003), pytest.approx(4.003)]
    assert found.schema == ROWS
    assert found.drop(["similarity"]) == rows().drop(["similarity"])


def test_no_score_stays_no_similarity():
    found = scored(rows(), lambda places: [b""] * len(places), lambda i, t: np.full(len(t), np.nan))
    assert found["similarity"].to_pylist() == [0.5, None, None, None]


@pytest.mark.parametrize("given", [np.zeros((2, 2)), np.zeros(1), None, ["a", "b"]])
def test_what_is_no_similarity_is_refused(given):
    with pytest.raises(UsageError, match=r"allowed: numbers \[2\], one a pair"):
        scored(rows(), lambda places: [b""] * len(places), lambda images, texts: given)


def test_the_text_is_question_and_answer_without_marks():
    pair = {"question": "<image> One.\n<image>", "answers": [{"text": "two", "weight": 1.0}]}
    assert text_of(pair) == "One. two"
