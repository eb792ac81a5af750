"""A mixture, begun: plan, and then as vladata/runs/attempt.py has it."""

from vladata.mixtures.describe import committing
from vladata.mixtures.prepare import PreparedMix, prepare
from vladata.mixtures.settings import MixSettings
from vladata.mixtures.unit import open_units
from vladata.runs.attempt import Kind, Run, attempt

MIXTURE = Kind(open_units, committing)


def begin(settings: MixSettings, overwrite: bool = False) -> Run[PreparedMix]:
    """Plans the mixture and takes the output. Raises as `attempt` does, and whatever is wrong with sources or spec."""
    return attempt(settings.out, overwrite, lambda: prepare(settings), MIXTURE)
