"""The codecs of another output, used instead of codecs from new statistics."""

from collections.abc import Sequence

from vladata.actions.contract import codec_from_contract, state_codec_from_contract
from vladata.actions.protocol import Codec
from vladata.errors import UsageError
from vladata.robot.settings import Kept
from vladata.spec.dataset import DatasetSpec


def kept_codecs(kept: Kept, spec: DatasetSpec, chain: str | None) -> tuple[Codec, Codec | None]:
    """Return the codecs of actions and of states (or None). Raises UsageError if the schema now has other dimensions."""
    declared, state = spec.chain(chain), spec.state.names if spec.state else ()
    _same("names of the action", kept.statistics["action"]["names"], declared.names, spec)
    _same("names of the state", kept.statistics["state"]["names"], state, spec)
    before = [f"{name}: {what}" for name, what in kept.contract["grippers"].items()]
    _same("grippers", before, [f"{name}: {what}" for name, what in declared.grippers.items()], spec)
    return codec_from_contract(kept.contract), state_codec_from_contract(kept.contract)


def _same(what: str, before: Sequence[str], now: Sequence[str], spec: DatasetSpec) -> None:
    if list(before) != list(now):
        raise UsageError(
            f"the statistics cannot be kept: {what} changed",
            where=f"schema {spec.name}",
            got=", ".join(now),
            allowed=", ".join(before),
            hint="Leave out --keep-statistics, to measure them again.",
        )
