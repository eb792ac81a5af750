"""The samples that a mixture keeps of a converted web corpus. The filters of vladata/filters choose them from index.arrow.

For each sample the index holds its task, language, similarity, and the size, digest and look of its images. Filters that need
texts, the names of records or their order (text, keys, duplicates) can be used only when the corpus is converted.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vladata.errors import UsageError
from vladata.filters.decisions import check_left
from vladata.filters.plan import plan_filters
from vladata.shards.dataset import Dataset
from vladata.spec.keep import Keep

AT_CONVERSION = ("keys", "text", "duplicates", "decoded")
OTHER_SPLIT = "other_split"


def kept_rows(
    keep: Keep, dataset: Dataset, wanted: np.ndarray, name: str
) -> tuple[np.ndarray, Mapping[str, int]]:
    """Return a mask of the kept rows among those in `wanted`, and filter -> number of samples that it takes out.

    wanted: a mask, bool [rows of index.arrow], as is the result.
    """
    where = f"source {name}, keep"
    if "images" not in dataset.index.column_names:
        raise UsageError(
            "only samples of a web corpus can be filtered in a mixture",
            where=where,
            got=f"a {dataset.manifest.kind} dataset",
            hint="Choose episodes of a robot dataset when it is converted (--select), and parts of a mixture in its own sources.",
        )
    for key in AT_CONVERSION:
        if getattr(keep, key) is not None:
            raise UsageError(
                f"the filter {key} works when the corpus is converted, not in a mixture",
                where=f"{where}.{key}",
                hint=f"When it is converted: vladata convert web2vla ... --keep {key}..., or web.keep.{key} of the recipe. "
                f"In mix: --no-keep {name}:{key} does without the filter.",
            )
    batches = dataset.index.to_batches()
    try:
        decisions = plan_filters(keep, lambda columns: _parts(batches, wanted, columns))
        check_left(decisions, keep, where)
    except UsageError as fault:
        key = "similarity" if fault.where == "keep.similarity" else "KEY"
        hint = f"{_in_mix(name, key)} {fault.hint}"
        raise UsageError(fault.what, where=f"{where} ({dataset.url})", hint=hint) from fault
    kept = [decisions.kept(part) for part in range(len(batches))]
    return np.concatenate(kept), {filter_: count for filter_, count in decisions.counts.items() if count}


def _in_mix(name: str, key: str) -> str:
    """Return a hint for `mix` about the filter `key` of the source `name`, which does not suit its dataset."""
    return (
        f"In mix: --no-keep {name}:{key} does without the filter, --keep {name}:{key}=VALUE changes it, "
        f"and --no-keep {name} takes all samples of the source."
    )


def _parts(
    batches: Sequence[pa.RecordBatch], wanted: np.ndarray, columns: Sequence[str]
) -> Iterator[pa.Table]:
    """Yield the index in the form that the filters read; a row that is not in `wanted` is marked unfit."""
    start = 0
    for batch in batches:
        is_wanted = pa.array(wanted[start : start + len(batch)])
        unfit = pc.if_else(is_wanted, pa.scalar(None, pa.string()), OTHER_SPLIT)
        start += len(batch)
        arrays = {"outcome": unfit, "reason": unfit}
        for name in columns:
            if name not in arrays:
                found = batch[name]
                arrays[name] = found.dictionary_decode() if name == "task" else found
        yield pa.table(arrays)
