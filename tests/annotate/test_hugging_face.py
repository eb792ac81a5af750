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

TEMPLATE = (
    "{% for m in messages %}{% for c in m['content'] %}{% if c['type'] == 'image' %}<image> "
    "{% else %}{{ c['text'] }}{% endif %}{% endfor %}{% endfor %} answer :"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    from tokenizers import Tokenizer, models, pre_tokenizers

    words = ["<pad>", "<s>", "</s>", "<unk>", "<image>", "what", "is", "done", "answer", ":", "a", "b", "c"]
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(words)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", bos_token="<s>", eos_token="</s>", unk_token="<unk>"
    )
    fast.add_special_tokens({"additional_special_tokens": ["<image>"]})
    size = {"shortest_edge": 16}
    pictures = transformers.CLIPImageProcessor(size=size, crop_size={"height": 16, "width": 16})
    processor = transformers.LlavaProcessor(
        image_processor=pictures,
        tokenizer=fast,
        patch_size=8,
        vision_feature_select_strategy="default",
        chat_template=TEMPLATE,
        num_additional_image_tokens=1,
    )
    vision = transformers.CLIPVisionConfig(
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        image_size=16,
        patch_size=8,
    )
    text = transformers.LlamaConfig(
        vocab_size=len(words), hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2,
        num_key_value_heads=2, bos_token_id=1, eos_token_id=2, pad_token_id=0,
    )  # fmt: skip
    config = transformers.LlavaConfig(vision_config=vision, text_config=text, image_token_index=4)
    torch.manual_seed(0)
    found = tmp_path_factory.mktemp("tiny")
    transformers.LlavaForConditionalGeneration(config).save_pretrained(found)
    processor.save_pretrained(found)
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
