"""LoRA by peft: small matrices beside frozen ones, and beside them the rows of tokens that the model has to learn.

New tokens and tokens that a vocabulary gives another meaning have rows in the embedding that nothing has trained; those rows are
trained and saved whole (peft's trainable_token_indices), the others stay. The embedding is made larger before it is wrapped, and
never smaller: models have rows beyond their tokenizer's tokens.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from vladata.errors import MissingExtra, UsageError
from vladata.spec.training_model import Lora


def with_lora(model: Any, rule: Lora, rows: Iterable[int]) -> Any:
    """The model with adapters, all else frozen. rows: ids whose rows of the embedding are trained as well.

    Raises UsageError where no layer has the names that are asked for."""
    from_peft = _peft()
    targets = rule.targets if isinstance(rule.targets, str) else list(rule.targets)
    given: dict[str, Any] = {
        "r": rule.rank,
        "lora_alpha": rule.alpha,
        "lora_dropout": rule.dropout,
        "target_modules": targets,
        "task_type": "CAUSAL_LM",
    }
    if trained := sorted(set(rows)):
        given["trainable_token_indices"] = trained
    try:
        return from_peft.get_peft_model(model, from_peft.LoraConfig(**given))
    except ValueError as fault:
        raise UsageError("LoRA does not fit the model", where="model.lora", got=str(fault)) from None


def loaded(model: Any, processor: Any, folder: Path) -> Any:
    """The base model with a saved adapter, to act or to train on."""
    enlarge(model, processor)
    return _peft().PeftModel.from_pretrained(model, str(folder), is_trainable=True)


def enlarge(model: Any, processor: Any) -> None:
    """Give the model a row for each token of the tokenizer; it never loses one."""
    tokens = len(getattr(processor, "tokenizer", processor))
    if tokens > model.get_input_embeddings().weight.shape[0]:
        model.resize_token_embeddings(tokens)


def _peft() -> Any:
    try:
        import peft
    except ImportError:
        raise MissingExtra("LoRA needs peft", hint='pip install "vladata[train]"') from None
    return peft
