"""Libraries loaded without pandas, which nothing here uses: Beam takes it in with itself and pyarrow with its first array,
wherever it is installed. A process of ours would pay for it with 33 MB and a fifth of its start.

Only what is loaded meanwhile is told that there is none. Whoever asks for pandas later, a user's own function or pyarrow's
`to_pandas`, gets it.
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
    """Imports without garbage collection, which looks for garbage in vain: what modules make stays. A third of their time."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def load(modules: Iterable[str] = ()) -> None:
    """Imports `modules`, and makes pyarrow look for pandas, once, and find none."""
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
