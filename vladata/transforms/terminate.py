"""The flag of an episode's end, and the step that ends it.

Exactly one step ends an episode: the last step that is kept. The recorded flag is nearly always on a removed step, since RLDS's
last step has no valid action. Where no step is flagged, the fallbacks are tried in order; where none of them applies, the
episode was cut off and no step ends it. Forms of the flag (Open X-Embodiment): `flag` true or non-zero; `one_hot3` [1, 0, 0]
is the end, [0, 1, 0] the arm, [0, 0, 1] the base; `scalar_float` 1.0; `action_column` non-zero. NaN is not a flag.
"""

from collections.abc import Callable, Mapping

import numpy as np

from vladata.errors import SourceError
from vladata.spec.episode_end import EpisodeEnd
from vladata.transforms.table import Table


def _any_not_zero(values: np.ndarray) -> bool:
    count = int(np.count_nonzero(values))  # this counts NaN, too
    return count > 0 and count > int(np.count_nonzero(np.isnan(values)))


def _any_one(values: np.ndarray) -> bool:
    return int(np.count_nonzero(values[:, 0] == 1)) > 0


FORMS: Mapping[str, tuple[int, Callable[[np.ndarray], bool]]] = {
    "flag": (1, _any_not_zero),
    "one_hot3": (3, _any_one),
    "scalar_float": (1, _any_one),
    "action_column": (1, _any_not_zero),
}
"""Form -> its number of columns, and a function that is True if any of its values [T, W] ends an episode."""


def is_flagged(values: np.ndarray, form: str, where: str = "") -> bool:
    """Return True if any step of `values` [T, W] is flagged as the end."""
    width, ends = FORMS[form]
    if values.shape[1] != width:
        raise SourceError(
            f"the end of episodes (terminate) has another number of columns than form: {form}",
            where=where,
            got=f"{values.shape[1]} columns",
            allowed=str(width),
        )
    return ends(values)


def has_ended(declared: EpisodeEnd, raw: Table) -> bool:
    """Return True if the episode ends, by its flag or the fallbacks. raw: its table before any step is removed."""
    if declared.path and declared.form and is_flagged(raw.read(declared.path), declared.form, raw.where):
        return True
    asked = declared.fallback
    return any(name == "position" or is_flagged(raw.read(name), "flag", raw.where) for name in asked)


def terminate(length: int, ended: bool) -> np.ndarray:
    """Return bool [length], True on the last step of an episode that has `ended`, False elsewhere."""
    flags = np.zeros(length, bool)
    flags[-1:] = ended
    return flags
