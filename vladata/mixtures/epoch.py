"""The end of an epoch, in samples and in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from vladata.errors import UsageError
from vladata.spec.mixture import MixtureSpec, WholeSource

MOST = 1 << 30  # samples: planning more takes longer than minutes (planner.py), or the weights are wrong


@dataclass(frozen=True, slots=True)
class Epoch:
    """The length of an epoch. samples: its number of samples.   says: the rule that gave this number, for a person."""

    samples: int
    says: str


def epoch_of(
    spec: MixtureSpec, shares: Mapping[str, Fraction], counts: Mapping[str, int], sizes: int = 0
) -> Epoch:
    """Return the epoch of a mixture: whole windows, unless the spec gives a number of samples.

    counts: source -> its number of samples.
    sizes:  the sum of the weights if they are sizes; else 0.
    """
    rule, window = spec.epoch, spec.window
    if sizes:
        return _checked(Epoch(sizes, "the sizes of its sources, added up"), spec)
    if isinstance(rule, int):
        return _checked(Epoch(rule, "as the mixture says"), spec)
    # The length of the mixture at which each source has been read once.
    seen = {name: count / shares[name] for name, count in counts.items()}
    if rule == "no_repeats":
        first = min(seen, key=lambda name: seen[name])
        samples = int(seen[first] / window) * window or max(1, int(seen[first]))
        return _checked(Epoch(samples, f"no sample comes twice; {first} is then used up"), spec)
    if isinstance(rule, WholeSource):
        inner = [name for name in seen if f"{name}/".startswith(f"{rule.source}/")]
        if not inner:
            raise UsageError(
                "the epoch ends with a source that the mixture does not have",
                where=f"mixture {spec.name}, epoch.source",
                got=rule.source,
                allowed=", ".join(counts),
            )
        last, says = max(inner, key=lambda name: seen[name]), f"{rule.source} has then been seen whole"
    else:
        last = max(seen, key=lambda name: seen[name])
        says = f"every sample has then come at least once, those of {last} last"
    return _checked(Epoch(ceil(seen[last] / window) * window, says), spec)


def _checked(epoch: Epoch, spec: MixtureSpec) -> Epoch:
    if epoch.samples > MOST:
        raise UsageError(
            "the epoch has more samples than can be planned",
            where=f"mixture {spec.name}, epoch",
            got=epoch.samples,
            allowed=f"{MOST:,}",
            hint="Say when an epoch ends: epoch: no_repeats, or a number of samples; or --epoch SAMPLES.",
        )
    return epoch
