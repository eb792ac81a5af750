"""A local model of Hugging Face's: a tiny one from a random configuration, which says nothing that makes sense."""

import io

import numpy as np
import pytest
from PIL import Image

torch = pytest.importorskip("torch", reason="torch is not installed (extra annotate)")
transformers = pytest.importorskip("transformers", reason="transformers is not installed (extra annotate)")

from vladata.annotate.hugging_face import HuggingFace  # noqa: E402
from vladata.annotate.model import Answer, Query  # noqa: E402
from vladata.errors import SourceError  # noqa: E402


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    from tests.annotate import tiny_vlm

    found = tmp_path_factory.mktemp("tiny")
    tiny_vlm.write(found)
    return found


def picture(seed):
    pixels = np.random.default_rng(seed).integers(0, 256, (16, 16, 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def test_it_answers_a_batch_as_it_answers_one(folder):
    model = HuggingFace(str(folder), batch=2, max_tokens=5)
    one = Query("what is done", (picture(0), picture(1)))
    other = Query("what", (picture(2),))
    together = model.answer([one, other])
    alone = [*model.answer([one]), *model.answer([other])]
    assert all(isinstance(answer, Answer) for answer in together)
    assert [answer.text for answer in together] == [answer.text for answer in alone]
    # 2 pictures of 4 patches, "what is done answer :"; and one picture, "what answer :".
    assert [answer.prompt_tokens for answer in together] == [8 + 5, 4 + 3]
    assert all(answer.cut == (answer.answer_tokens == 5 and "</s>" not in answer.text) for answer in together)


def test_what_is_no_model(tmp_path):
    with pytest.raises(SourceError, match="the model cannot be loaded"):
        HuggingFace(str(tmp_path))
