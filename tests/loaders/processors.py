"""Tokenizers and processors of transformers, of both families, made here from tiny settings: nothing is downloaded."""

from pathlib import Path
from typing import Any

from tests.trained_tokenizers import byte_level_bpe, metaspace_unigram

SIDE = 32  # of the pictures that they take
CHAT = (
    "{% for m in messages %}<|start|>{{ m.role }}\n{% if m.content is string %}{{ m.content }}{% else %}{% for c in m.content %}"
    "{% if c.type == 'image' %}<image>{% else %}{{ c.text }}{% endif %}{% endfor %}{% endif %}<|turn|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|start|>assistant\n{% endif %}"
)


def bpe(folder: Path, more: tuple[str, ...] = ()) -> Any:
    """Byte-level pairs, as Qwen and SmolVLM have them; no token begins a text."""
    from transformers import PreTrainedTokenizerFast

    file = str(byte_level_bpe(folder / "bpe.json"))
    made = PreTrainedTokenizerFast(tokenizer_file=file, eos_token="<|end|>", pad_token="<|pad|>")
    made.add_special_tokens({"additional_special_tokens": ["<|start|>", "<|turn|>", *more]})
    made.chat_template = CHAT
    return made


def unigram(folder: Path, more: tuple[str, ...] = ()) -> Any:
    """Unigram pieces behind spaces, as PaliGemma and T5 have them; a token begins and another ends every text."""
    from tokenizers import processors
    from transformers import PreTrainedTokenizerFast

    file = str(metaspace_unigram(folder / "unigram.json"))
    made = PreTrainedTokenizerFast(
        tokenizer_file=file, bos_token="<s>", eos_token="</s>", pad_token="<unk>", unk_token="<unk>"
    )
    made.add_special_tokens({"additional_special_tokens": list(more)})
    made.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", made.bos_token_id), ("</s>", made.eos_token_id)]
    )
    return made


def paligemma(folder: Path) -> Any:
    """Four image tokens, then <s>, the prompt and a line end that it puts there itself."""
    from transformers import PaliGemmaProcessor
    from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil

    images = SiglipImageProcessorPil(size={"height": SIDE, "width": SIDE})
    images.image_seq_length = 4
    tokenizer = unigram(folder, ("<image>",))
    tokenizer.backend_tokenizer.post_processor = None  # as Gemma's here: the processor writes <s> itself
    return PaliGemmaProcessor(images, tokenizer)


def idefics3(folder: Path) -> Any:
    """<fake_token_around_image> <global-img> four image tokens <fake_token_around_image>, then the prompt."""
    from transformers import Idefics3Processor
    from transformers.models.idefics3.image_processing_pil_idefics3 import Idefics3ImageProcessorPil

    size = {"longest_edge": SIDE}
    images = Idefics3ImageProcessorPil(size=size, max_image_size=size, do_image_splitting=False)
    marks = ("<image>", "<fake_token_around_image>", "<global-img>", "<end_of_utterance>")
    tokenizer = bpe(folder, marks)
    return Idefics3Processor(images, tokenizer, image_seq_len=4, chat_template=CHAT)


def qwen2_vl(folder: Path) -> Any:
    """<|vision_start|>, an image token for 16 x 16 pixels, <|vision_end|>, the prompt; no videos: they need torchvision."""
    from transformers import Qwen2VLProcessor
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

    class WithoutVideos(Qwen2VLProcessor):
        def check_argument_for_proper_class(self, name: str, value: Any) -> Any:
            return type(value)

    images = Qwen2VLImageProcessorPil(patch_size=8, merge_size=2, min_pixels=256, max_pixels=4096)
    marks = ("<|image_pad|>", "<|video_pad|>", "<|vision_start|>", "<|vision_end|>")
    return WithoutVideos(image_processor=images, tokenizer=bpe(folder, marks), video_processor=None)
