"""The learning rate of each step: a function of the step and the config, so it needs no stored state.

    rate(step) = peak * (step + 1) / (warmup + 1)                                         step < warmup
                 peak * (last + (1 - last) * (1 + cos(pi * done)) / 2)                    after it
    done       = (step - warmup) / (steps - 1 - warmup), 0 at the end of the warm-up, 1 at the last step

Steps are counted from 0. The curve is half a cosine: Loshchilov and Hutter 2017 (arXiv:1608.03983), without restarts.
"""

import math

from vladata.spec.training import ScheduleRule


def rate(step: int, peak: float, rule: ScheduleRule) -> float:
    """Return the learning rate of a step, counted from 0."""
    if step < rule.warmup:
        return peak * (step + 1) / (rule.warmup + 1)
    done = (step - rule.warmup) / max(1, rule.steps - 1 - rule.warmup)
    return peak * (rule.last + (1 - rule.last) * (1 + math.cos(math.pi * done)) / 2)
