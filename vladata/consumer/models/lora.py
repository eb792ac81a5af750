"""LoRA by peft: small trained matrices next to frozen ones, and the trained rows of tokens that the model must learn.

New tokens, and tokens to which a vocabulary gives another meaning, need trained rows in the embedding, and in the head if it
is another matrix. These rows are trained and saved in full (peft's trainable_token_indices); the others are frozen. The embedding
is enlarged before peft wraps the model. It is never made smaller, because models have more rows than their tokenizer has tokens.
"""

import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from vladata.errors import MissingExtra, OutputError, UsageError
from vladata.spec.training_model import Lora


def with_lora(model: Any, rule: Lora, rows: Iterable[int]) -> Any:
    """Return the model with adapters; everything else is frozen. rows: ids whose rows in embedding and head are trained too.

    Raises UsageError if no layer has one of the rule's names."""
    peft = _peft()
    targets = rule.targets if isinstance(rule.targets, str) else list(rule.targets)
    given: dict[str, Any] = {
        "r": rule.rank,
        "lora_alpha": rule.alpha,
        "lora_dropout": rule.dropout,
        "target_modules": targets,
        "task_type": "CAUSAL_LM",
    }
    if trained := sorted(set(rows)):
        given["trainable_token_indices"] = dict.fromkeys(_tables(model), trained)
    try:
        with _as_it_is_now():
            return peft.get_peft_model(model, peft.LoraConfig(**given))
    except ValueError as fault:
        got = str(fault).split(".")[0]
        hint = "Set targets to the ends of layers' names (q_proj, v_proj), or to all-linear."
        raise UsageError("LoRA does not fit the model", where="model.lora", got=got, hint=hint) from None


def loaded(model: Any, folder: Path) -> Any:
    """Return the base model with a saved adapter, to use or to train further.

    Raises OutputError if it does not fit the model."""
    try:
        with _as_it_is_now():
            warnings.filterwarnings(
                "error", "Found missing adapter keys"
            )  # peft would use untrained weights instead
            return _peft().PeftModel.from_pretrained(model, str(folder), is_trainable=True)
    except (ValueError, RuntimeError, OSError, UserWarning) as fault:
        got = str(fault).strip().splitlines()[0][:200]
        what = "the adapter does not fit the model that it was trained on"
        raise OutputError(what, where=str(folder), got=got) from None


def merged(model: Any) -> Any:
    """Return the base model with the adapter merged into its weights, all of them trainable."""
    return model.merge_and_unload().requires_grad_(True)


def enlarge(model: Any, tokens: int) -> range:
    """Give the model a row for each token of the tokenizer, without removing rows, and return the new ids."""
    before = int(model.get_input_embeddings().weight.shape[0])
    if tokens > before:
        model.resize_token_embeddings(tokens)
    return range(before, max(before, tokens))


def _tables(model: Any) -> list[str]:
    """Return the name of the embedding and, if it has weights of its own, of the head."""
    embedding, head = model.get_input_embeddings(), model.get_output_embeddings()
    wanted = [embedding] if head.weight is embedding.weight else [embedding, head]
    return [name for name, module in model.named_modules() if any(module is each for each in wanted)]


@contextmanager
def _as_it_is_now() -> Iterator[None]:
    """Silence a warning about a deprecated name of transformers that peft uses: users cannot do anything about it."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`is_gradient_checkpointing` is deprecated", FutureWarning)
        yield


def _peft() -> Any:
    try:
        import peft
    except ImportError:
        raise MissingExtra("LoRA needs peft", hint='pip install "vladata[train]"') from None
    return peft
