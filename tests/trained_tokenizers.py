"""Small tokenizers of two families, byte-level BPE and unigram, trained on generated text without a download.

Both have one token for each of the numbers 0..255 after a space. `edited` puts a fault into a tokenizer.json.
"""

import io
import json
import random
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import sentencepiece
import tokenizers
from tokenizers import decoders, models, pre_tokenizers, trainers

PROMPT = "Q A : what action should the robot take to pick place move push red green blue block apple cup towards near sink"
NUMBERS = 256


@cache
def lines() -> tuple[str, ...]:
    """Prompts and action texts; every number is there as often as any other."""
    draw = random.Random(0)
    texts = []
    for start in range(60):
        numbers = [str((start * 7 + i) % NUMBERS) for i in range(NUMBERS)]
        draw.shuffle(numbers)
        for i in range(0, NUMBERS, 8):
            texts.append(
                f"Q: {' '.join(draw.choices(PROMPT.split(), k=6))}? A: {' '.join(numbers[i : i + 8])}"
            )
    return tuple(texts)


def byte_level_bpe(path: Path, split_digits: bool = False) -> Path:
    """A tokenizer.json as GPT-2 or Qwen have it. split_digits: each digit is a token, as in Qwen."""
    made = tokenizers.Tokenizer(models.BPE())
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False)
    digits = pre_tokenizers.Digits(individual_digits=True)
    made.pre_tokenizer = pre_tokenizers.Sequence([digits, byte_level]) if split_digits else byte_level
    made.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=1500,
        initial_alphabet=alphabet,
        special_tokens=["<|end|>", "<|pad|>"],
        show_progress=False,
    )
    made.train_from_iterator(lines(), trainer)
    path.parent.mkdir(parents=True, exist_ok=True)
    made.save(str(path))
    return path


@cache
def _unigram() -> bytes:
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines()),
        model_writer=model,
        vocab_size=900,
        model_type="unigram",
        byte_fallback=True,
        user_defined_symbols=[f"<loc{i:04d}>" for i in range(8)] + ["<seg000>"],
        hard_vocab_limit=False,
        minloglevel=2,
    )
    return model.getvalue()


def sentencepiece_unigram(path: Path) -> Path:
    """A .model file as T5 or PaliGemma have it, with a few `<loc>` and `<seg>` tokens."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_unigram())
    return path


def metaspace_unigram(path: Path) -> Path:
    """The same pieces as a tokenizer.json."""
    model = sentencepiece.SentencePieceProcessor(model_proto=_unigram())
    pieces = [(model.id_to_piece(i), model.get_score(i)) for i in range(model.get_piece_size())]
    made = tokenizers.Tokenizer(models.Unigram(pieces, unk_id=model.unk_id(), byte_fallback=True))
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    made.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace()])
    made.add_special_tokens(["<unk>", "<s>", "</s>"])
    made.add_tokens([piece for piece, _ in pieces if piece.startswith(("<loc", "<seg"))])
    path.parent.mkdir(parents=True, exist_ok=True)
    made.save(str(path))
    return path


def edited(source: Path, path: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """A copy of a tokenizer.json with a change of its content."""
    content = json.loads(source.read_text())
    change(content)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))
    return path


def with_added(source: Path, path: Path, tokens: list[str], special: bool = False) -> Path:
    """A copy of a tokenizer.json with tokens added to it."""
    made = tokenizers.Tokenizer.from_file(str(source))
    made.add_tokens([tokenizers.AddedToken(token, special=special, normalized=False) for token in tokens])
    path.parent.mkdir(parents=True, exist_ok=True)
    made.save(str(path))
    return path
