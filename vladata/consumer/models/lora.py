"""LoRA by peft: small matrices beside frozen ones, and beside them the rows of tokens that the model has to learn.

New tokens, and tokens that a vocabulary gives another meaning, have rows in the embedding, and in the head where that is another
matrix, which nothing has trained; those rows are trained and saved whole (peft's trainable_token_indices), the others stay. The
embedding is made larger before it is wrapped, and never smaller: models have rows beyond their tokenizer's tokens.
"""

import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from vladata.errors import MissingExtra, OutputError, UsageError
from vladata.spec.training_model import Lora


def with_lora(model: Any, rule: Lora, rows: Iterable[int]) -> Any:
    """The model with adapters, all else frozen. rows: ids whose rows of the embedding and the head are trained as well.

    Raises UsageError where no layer has the names that are asked for."""
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
        hint = "targets: names that a layer's name ends in (q_proj, v_proj), or all-linear."
        raise UsageError("LoRA does not fit the model", where="model.lora", got=got, hint=hint) from None


def loaded(model: Any, folder: Path) -> Any:
    """The base model with a saved adapter, to act or to train on. Raises OutputError where it is not of this model."""
    try:
        with _as_it_is_now():
            warnings.filterwarnings("error", "Found missing adapter keys")  # peft would begin with new ones
            return _peft().PeftModel.from_pretrained(model, str(folder), is_trainable=True)
    except (ValueError, RuntimeError, OSError, UserWarning) as fault:
        got = str(fault).strip().splitlines()[0][:200]
        what = "the adapter does not fit the model that it was trained on"
        raise OutputError(what, where=str(folder), got=got) from None


def merged(model: Any) -> Any:
    """The base model with what the adapter learnt in its own weights, all of which are trained."""
    return model.merge_and_unload().requires_grad_(True)


def enlarge(model: Any, tokens: int) -> range:
    """Give the model a row for each token of the tokenizer, and return the ids that are new; it never loses one."""
    before = int(model.get_input_embeddings().weight.shape[0])
    if tokens > before:
        model.resize_token_embeddings(tokens)
    return range(before, max(before, tokens))


def _tables(model: Any) -> list[str]:
    """The names of the embedding and, where it has weights of its own, of the head."""
    embedding, head = model.get_input_embeddings(), model.get_output_embeddings()
    wanted = [embedding] if head.weight is embedding.weight else [embedding, head]
    return [name for name, module in model.named_modules() if any(module is each for each in wanted)]


@contextmanager
def _as_it_is_now() -> Iterator[None]:
    """Say nothing of what peft asks of transformers by a name that is going to change: nobody who trains can help it."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`is_gradient_checkpointing` is deprecated", FutureWarning)
        yield


def _peft() -> Any:
    try:
        import peft
    except ImportError:
        raise MissingExtra("LoRA needs peft", hint='pip install "vladata[train]"') from None
    return peft
