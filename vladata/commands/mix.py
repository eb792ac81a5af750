"""The whole of `vladata mix --materialize`: plan, units, commit, on supervised processes or on a Beam runner.

Every step can be killed at any moment; the same call continues from the files that are there.
"""

from collections.abc import Callable

from vladata.beam.running import Running
from vladata.commands import work
from vladata.mixtures.prepare import PreparedMix
from vladata.mixtures.run import begin
from vladata.mixtures.settings import MixSettings
from vladata.shards.manifest import Manifest


def materialise(
    settings: MixSettings,
    running: Running,
    overwrite: bool = False,
    planned: Callable[[PreparedMix], None] = lambda prepared: None,
) -> Manifest:
    """Write the shards of a mixture, or continue, and return the manifest. planned: called with the plan before any work."""
    with begin(settings, overwrite) as run, running:
        planned(run.prepared)
        work.do_units("Mix", run, running)
        return run.commit()
