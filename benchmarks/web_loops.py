"""One loop over a web corpus, alone in a process: `python -m benchmarks.web_loops WHAT CORPUS OUT`.

floor        tars read by their headers, prompt and target rendered, tars of 1,000 written
webdataset   the same job by webdataset
ours         the units of a conversion, in a plain loop; its index is made before and not timed
index        the index pass
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from benchmarks.bench import RECIPE
from benchmarks.floor import SAMPLES_PER_TAR, close, member
from benchmarks.measure import tell


def described(key: str, caption: bytes) -> bytes:
    """Return the JSON of a sample."""
    return json.dumps(
        {"prompt": "Generate caption in EN", "target": caption.decode().strip(), "episode": key, "step": 0}
    ).encode()


def members(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield (name, data) of each file in a tar; other members are skipped."""
    with path.open("rb", buffering=1 << 20) as file:
        while (head := file.read(512)).strip(b"\0"):
            size = int(head[124:136].rstrip(b"\0 "), 8)
            data = file.read(size + -size % 512)
            if head[156:157] in (b"0", b"\0"):
                yield head[:100].rstrip(b"\0").decode(), data[:size]


def floor(corpus: Path, out: Path) -> None:
    start, count, sink = time.perf_counter(), 0, None
    for path in sorted(corpus.glob("*.tar")):
        image = b""
        for name, data in members(path):
            if name.endswith(".jpg"):
                image = data
            elif name.endswith(".txt"):
                if count % SAMPLES_PER_TAR == 0:
                    close(sink)
                    sink = (out / f"{count // SAMPLES_PER_TAR:06d}.tar").open("wb", buffering=1 << 20)
                assert sink
                key = name.removesuffix(".txt")
                sink.writelines(member(f"{key}.jpg", image))
                sink.writelines(member(f"{key}.json", described(key, data)))
                count += 1
    close(sink)
    tell(count, time.perf_counter() - start)


def webdataset(corpus: Path, out: Path) -> None:
    import webdataset as wds

    start, count = time.perf_counter(), 0
    source = wds.WebDataset(sorted(map(str, corpus.glob("*.tar"))), shardshuffle=False)
    sink = None
    for sample in source:
        if count % SAMPLES_PER_TAR == 0:
            if sink:
                sink.close()
            sink = wds.TarWriter(str(out / f"{count // SAMPLES_PER_TAR:06d}.tar"))
        assert sink
        key = sample["__key__"]
        sink.write({"__key__": key, "jpg": sample["jpg"], "json": described(key, sample["txt"])})
        count += 1
    if sink:
        sink.close()
    tell(count, time.perf_counter() - start)


def ours(corpus: Path, out: Path, indexed: bool = True) -> None:
    os.environ["VLADATA_CACHE"] = str(out.parent / "cache")
    import vladata
    from vladata.web.run import begin, index_here
    from vladata.web.settings import WebSettings
    from vladata.web.sources import open_sources

    settings = WebSettings((str(corpus),), str(out), vladata.corpus("cc3m"), vladata.recipe(RECIPE))
    if not indexed:
        sources = open_sources(settings)
        start = time.perf_counter()
        index_here(sources)
        seconds = time.perf_counter() - start
        tell(sum(map(len, sources.parts(["record"]))), seconds)
        return
    index_apart(corpus, out)  # in another process, so that the measured memory is that of the loop
    with begin(settings) as run:
        start = time.perf_counter()
        run.convert_here()
        tell(run.prepared.samples, time.perf_counter() - start)


def index_apart(corpus: Path, out: Path) -> None:
    """Make the index in another process."""
    import subprocess

    command = [sys.executable, "-m", "benchmarks.web_loops", "index", str(corpus), str(out)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def index(corpus: Path, out: Path) -> None:
    ours(corpus, out, indexed=False)


WORKS: Mapping[str, Callable[[Path, Path], None]] = {
    "floor": floor,
    "webdataset": webdataset,
    "ours": ours,
    "index": index,
}


def main(what: str, corpus: str, out: str) -> None:
    if what in ("floor", "webdataset"):
        Path(out).mkdir(parents=True)
    WORKS[what](Path(corpus), Path(out))


if __name__ == "__main__":
    main(*sys.argv[1:])
