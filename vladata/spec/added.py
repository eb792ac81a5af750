"""Operations that other packages add. Each is one class, which declares the settings and computes the result.

    class Wrap(AddedColumns):                             class Outside(AddedCut):
        op: Literal["wrap"]                                   op: Literal["outside"]
        turn: float = 6.283185                                of: AnyReference
                                                              most: float
        def apply(self, x):
            return x % self.turn                              def reads(self):
                                                                  return [(("of",), self.of)]

                                                              def keep(self, x):
                                                                  return (abs(x) <= self.most).all(axis=1)

A schema then says {op: wrap, in: "action[3:6]", out: $angles}. `op` is the name of the entry point in group vladata.operations
(docs/contributing.md). vladata/transforms/added.py runs them and checks their results.
"""

from typing import Any, Literal, get_args, get_origin

import numpy as np

from vladata.spec.operation_base import CutOperation, Unary


class AddedColumns(Unary):
    """An operation that computes columns from columns; with `in` and `out`, and fields of its own."""

    op: str

    def apply(self, *columns: np.ndarray) -> np.ndarray:
        """Return numbers [T, W] of any width W. columns: the columns that `reads` names, in its order, float [T, W] each,
        read-only.

        T may be 0. Equal columns must give equal numbers: no clock, no state, no random number.
        """
        raise NotImplementedError


class AddedCut(CutOperation):
    """An operation that removes steps, decided from the columns that `reads` names."""

    op: str

    @property
    def rule(self) -> str:
        """The name under which the ledger counts the removed steps: the operation and its settings."""
        told = self.model_dump(mode="json", exclude={"op"})
        return f"{self.op}({', '.join(f'{name}={value}' for name, value in told.items())})"

    def keep(self, *columns: np.ndarray) -> np.ndarray:
        """Return bool [T], True for steps that stay. columns: the columns that `reads` names, in its order, float [T, W] each."""
        raise NotImplementedError


def wrong(name: str, found: Any) -> str:
    """Return the reason why `found`, the entry of another package, cannot be the operation `name`; "" where it can."""
    base, method = (AddedCut, "keep") if _is(found, AddedCut) else (AddedColumns, "apply")
    if not _is(found, base):
        told = found.__name__ if isinstance(found, type) else type(found).__name__
        return f"expected a subclass of vladata.spec.added.AddedColumns or AddedCut, got {told}"
    if getattr(found, method) is getattr(base, method):
        return f"{found.__name__} lacks {method}"
    op = found.model_fields["op"].annotation
    if get_origin(op) is not Literal or get_args(op) != (name,):
        return f'{found.__name__} must declare op: Literal["{name}"], the name of the entry point'
    return ""


def _is(found: Any, base: type) -> bool:
    return isinstance(found, type) and issubclass(found, base)
