"""Plans filters over three million generated pairs, and prints how many are kept and how many bytes more than before it took.

Parts are made anew at each walk, as those of an index are read anew.
"""

import resource
import sys

from benchmarks.pairs import PART, part
from vladata.filters.plan import TOGETHER, plan_filters
from vladata.spec.keep import Keep

PAIRS = 3_000_000
FILTERS = {
    "language": ["en", "pt"],
    "size": {"min": 100},
    "aspect": {"max": 3},
    "text": {"min": 3, "max": 500, "drop": "(?i)buy"},
    "similarity": "90%",
}


def held() -> int:
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main() -> None:
    near = {"near": 1} if sys.argv[1] == "all" else {}
    keep = Keep.model_validate({**FILTERS, "duplicates": near})
    warm = range(1 + TOGETHER // PART)  # what libraries take, and the parts that are looked at together
    plan_filters(keep, lambda columns: (part(n).select(columns) for n in warm))
    before = held()
    decisions = plan_filters(keep, lambda columns: (part(n).select(columns) for n in range(PAIRS // PART)))
    print(sum(int(decisions.kept(n).sum()) for n in range(PAIRS // PART)), held() - before)


if __name__ == "__main__":
    main()
