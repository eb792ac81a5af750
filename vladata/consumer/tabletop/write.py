"""Write the data of the world: demonstrations of a robot as RLDS, and pictures with words as tars.

    python -m vladata.consumer.tabletop.write OUT [--episodes 1000] [--pictures 6000] [--seed 0] [--suite robot]

Result: OUT/shapes/1.0.0 and OUT/points.jsonl for episodes, OUT/web/*.tar for pictures. `--episodes 0` or `--pictures 0` leaves
out one half.
Demonstrations are of the suite `robot` (reach), or of `every_task` (reach, point at, push to, put next to).
"""

import argparse
from pathlib import Path

from vladata.consumer.rlds import VERSION
from vladata.consumer.tabletop.episodes import NAME, write_episodes
from vladata.consumer.tabletop.web import write_web


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("out", type=Path)
    parser.add_argument("--episodes", type=int, default=1000)
    parser.add_argument("--pictures", type=int, default=6000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--suite", choices=("robot", "every_task"), default="robot")
    given = parser.parse_args(argv)
    for folder in (given.out / NAME / VERSION, given.out / "web"):
        if folder.exists():
            parser.error(f"{folder} exists already; remove it first")
    if given.pictures:
        write_web(given.out / "web", given.pictures, given.seed)
    if given.episodes:
        write_episodes(given.out, given.episodes, given.seed, given.suite)
    print(f"{given.out}: {given.episodes} episodes, {given.pictures} pictures")


if __name__ == "__main__":
    main()
