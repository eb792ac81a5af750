"""The start of writing a mixture: its plan, then the steps of vladata/runs/attempt.py."""

from vladata.mixtures.describe import committing
from vladata.mixtures.prepare import PreparedMix, prepare
from vladata.mixtures.settings import MixSettings
from vladata.mixtures.unit import open_units
from vladata.runs.attempt import Kind, Run, attempt

MIXTURE = Kind(open_units, committing)


def begin(settings: MixSettings, overwrite: bool = False) -> Run[PreparedMix]:
    """Plan the mixture and lock the output. Raises the errors of `attempt`, and UsageError for wrong sources or a wrong spec."""
    return attempt(settings.out, overwrite, lambda: prepare(settings), MIXTURE)
