"""An error that explains itself: what is wrong, where, what was got, what is allowed, what to do next.

Nothing outside this file joins these into text, so every message reads alike and its parts can be tested one by one. The tree
of all errors is in vladata/errors.py.
"""

from collections.abc import Sequence

LISTED = 20  # names that a hint spells out
SHOWN_BYTES = 64  # of the data itself, so that no message ever carries a whole record


class VladataError(Exception):
    """Something went wrong that vladata can explain.

    what:    the fault, one clause, no final stop.
    where:   dataset, file, byte, key, line: whatever leads to the spot.
    got:     the offending value; bytes and long text are cut to 64.
    allowed: what would have been right.
    hint:    what to do next.
    """

    exit_code = 1

    def __init__(self, what: str, *, where: str = "", got: object = None, allowed: str = "", hint: str = ""):
        super().__init__(what)
        self.what, self.where, self.allowed, self.hint = what, where, allowed, hint
        self.got = "" if got is None else shown(got)

    def __str__(self) -> str:
        head = f"{self.where}: {self.what}" if self.where else self.what
        if self.got:
            head += f"; got {self.got}"
        if self.allowed:
            head += f"; allowed: {self.allowed}"
        return f"{head}.\n  {self.hint}" if self.hint else f"{head}."

    def __reduce__(self) -> tuple[object, ...]:
        # Errors cross process borders (Beam workers, supervised workers): the default would lose the keywords.
        return (_rebuild, (type(self), self.__dict__.copy()))

    @property
    def title(self) -> str:
        return type(self).__name__


def _rebuild(kind: type[VladataError], slots: dict[str, object]) -> VladataError:
    error = kind.__new__(kind, slots["what"])
    error.__dict__.update(slots)
    return error


def shown(value: object) -> str:
    """`value` as an error shows it: quoted when it is text, cut to 64 characters."""
    text = str(value if isinstance(value, int | float) else repr(value))
    return text if len(text) <= SHOWN_BYTES else text[:SHOWN_BYTES] + "..."


def nearest(name: str, names: Sequence[str]) -> str:
    """Return a hint that offers the closest of `names`, and lists all names if they are few."""
    from difflib import get_close_matches

    close = get_close_matches(name, names, n=1, cutoff=0.6)
    offer = f'Did you mean "{close[0]}"? ' if close else ""
    known = (
        f"Known: {', '.join(sorted(names)) or 'none'}" if len(names) <= LISTED else f"{len(names)} are known"
    )
    return f"{offer}{known}."
