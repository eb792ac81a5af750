"""Load an epoch of batches, print the first batch, and check that the epoch was whole.

python -m docs.demo.load_batches out/demo/mix
"""

import sys
from collections import Counter
from typing import Any

import vladata


def main(path: str) -> None:
    """Print the first batch (16 samples) of an epoch, and the number of samples of each dataset in the epoch."""
    loader = vladata.load(path, 16, image_size=64)
    counts: Counter[str] = Counter()
    for number, batch in enumerate(loader):
        if number == 0:
            told(batch)
        counts.update(batch["dataset"])
    says = ", ".join(f"{count} of {name}" for name, count in sorted(counts.items()))
    print(f"{len(loader)} batches, {counts.total()} samples: {says}")


def told(batch: dict[str, Any]) -> None:
    """Print the columns of a batch, and two of its samples."""
    for name, column in batch.items():
        if hasattr(column, "shape"):
            print(f"  {name:13}{column.dtype} {list(column.shape)}")
    for task in sorted(set(batch["task"])):
        at = batch["task"].index(task)
        print(f"  {task}: {batch['prompt'][at]} -> {batch['target'][at]}")


if __name__ == "__main__":
    main(sys.argv[1])
