"""An output of any kind, compared with its manifest and with its source.

Beside the checks of every output, each kind has its own checks, and its own way to make samples again.
"""

from collections.abc import Iterator, Sequence

from vladata.errors import UsageError
from vladata.mixtures.rederive import rederive as rederive_mixture
from vladata.mixtures.windows import windows
from vladata.runs.findings import Discrepancy
from vladata.runs.verify import Checks
from vladata.runs.verify import verify as verify_output
from vladata.shards.manifest import read_manifest
from vladata.shards.naming import MANIFEST
from vladata.shards.parts import EpisodesPart, MixturePart, WebPart
from vladata.shards.storage import Output
from vladata.sources.readers import NATIVE

CHECKS: Checks = {MixturePart.KIND: windows}


def verify(output: Output) -> Iterator[Discrepancy]:
    """Yield all differences between an output and its manifest; a virtual mixture is also compared with its sources.

    Raises NotADataset if there is neither a dataset nor an unfinished run.
    """
    damaged = found = False
    for finding in verify_output(output, CHECKS):
        found, damaged = True, damaged or finding.where == MANIFEST
        yield finding
    if damaged or output.read(MANIFEST) is None:
        return
    manifest = read_manifest(output)
    if manifest.format is None:
        yield from rederive_mixture(output)
    elif manifest.kind == EpisodesPart.KIND and not found:
        from vladata.robot.whole.verify import held

        yield from held(output)


def rederive(
    output: Output,
    sources: Sequence[str],
    reader: str = NATIVE,
    images: str = "",
    without: Sequence[str] = (),
    links: Sequence[str] = (),
) -> Iterator[Discrepancy]:
    """Make every sample of an output again from its source, and yield all differences.

    sources: the folder or URL of the robot dataset, or the places of the web corpus; reader: of a robot dataset.
    images, without, links: of a web corpus, as for its conversion.
    Raises UsageError for a mixture, which has no source of its own.
    """
    kind = read_manifest(output).kind
    if kind == MixturePart.KIND:
        hint = "Verify each of the datasets that it mixes against its own source."
        raise UsageError("a mixture has no source of its own", where=output.url, hint=hint)
    if kind == WebPart.KIND:
        from vladata.web.rederive import rederive as rederive_web

        return rederive_web(output, sources, images, without, links)
    if images or links or without or len(sources) > 1:
        allowed = "one --source, without --images, --links-into and --without-images-of"
        raise UsageError("a robot dataset was converted from one folder", where=output.url, allowed=allowed)
    if kind == EpisodesPart.KIND:
        from vladata.robot.whole.verify import rederive as rederive_episodes

        return rederive_episodes(output, sources[0], reader)
    from vladata.robot.rederive import rederive as rederive_robot

    return rederive_robot(output, sources[0], reader)
