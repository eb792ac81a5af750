"""Load libraries without pandas, which is not used here: if it is installed, Beam imports it, and so does pyarrow with its first
array. It would cost a process 33 MB and a fifth of its start.

pandas is hidden only from the modules that are loaded meanwhile. Later imports, by a function of the user or by pyarrow's
`to_pandas`, get it.
"""

import gc
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.abc import MetaPathFinder

SPARED = "pandas"


class _Spared(MetaPathFinder):
    def find_spec(self, name: str, *_: object) -> None:
        if name == SPARED:
            raise ModuleNotFoundError(f"{name} is not loaded here", name=name)
        return None


@contextmanager
def importing() -> Iterator[None]:
    """Import without garbage collection: it takes a third of the time and finds nothing, since the objects of modules stay."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def load(modules: Iterable[str] = ()) -> None:
    """Import `modules`, and let pyarrow look for pandas once, without finding it."""
    spared = _Spared()
    sys.meta_path.insert(0, spared)
    try:
        with importing():
            for module in modules:
                import_module(module)
            import pyarrow as pa

            pa.array([0])
    finally:
        sys.meta_path.remove(spared)
