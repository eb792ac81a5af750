"""The robot's state before the action of the step: columns joined in the order of the schema, float32."""

import numpy as np

from vladata.errors import SourceError
from vladata.spec.dataset import State
from vladata.transforms.cast import cast
from vladata.transforms.concat import concat
from vladata.transforms.table import Table


def state(declared: State | None, table: Table) -> np.ndarray:
    """Return float32 [T, S], the states of the T steps left in `table`; S = 0 where the schema has no state."""
    if declared is None:
        return np.zeros((len(table), 0), np.float32)
    parts = [table.read(reference) for reference in declared.of]
    values = parts[0] if len(parts) == 1 else concat(parts)
    if values.shape[1] != len(declared.names):
        raise SourceError(
            "the state has another number of columns than its names",
            where=table.where,
            got=f"{values.shape[1]} columns",
            allowed=f"{len(declared.names)}: {', '.join(declared.names)}",
        )
    return cast(values)
