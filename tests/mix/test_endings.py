"""What keys end in: literal sources and endings, and mixtures whose names are not told apart, with every key once."""

import pytest

from tests.mix.made import mix, mixture, tar_samples
from vladata.commands.verify import verify
from vladata.mixtures.endings import endings
from vladata.shards.storage import open_output

ENDINGS = {
    "datasets of their own": ({"robot": ["bridge"], "web": ["cc3m"]}, ["", ""]),
    "one dataset in two": ({"a": ["x"], "web/b": ["x"], "c": ["y"]}, ["-a", "-web-b", ""]),
    "one of several": ({"a": ["x", "y"], "b": ["y", "z"], "c": ["w"]}, ["-a", "-b", ""]),
    "a slash and a line": ({"web-x": ["d"], "web/x": ["d"]}, ["-s0", "-s1"]),
    "the end of another": ({"x": ["d"], "other": ["e"], "web/x": ["d"]}, ["-s0", "", "-s1"]),
    "like a repeat": ({"x": ["d"], "x-r1": ["d"]}, ["-s0", "-s1"]),
    "like one of another level": ({"x": ["d"], "rrr12": ["d"]}, ["-s0", "-s1"]),
    "a name that begins another": ({"a": ["oxe"], "b": ["oxe-small"], "c": ["oxes"]}, ["-a", "-b", ""]),
    "a dot is a line in keys": ({"a": ["d.x"], "b": ["d_x"]}, ["-a", "-b"]),
}


@pytest.mark.parametrize("case", ENDINGS)
def test_endings(case):
    datasets, expected = ENDINGS[case]
    assert endings(datasets) == dict(zip(datasets, expected, strict=True))


@pytest.mark.parametrize(
    "sources",
    [
        {"web-x": 1, "web": {"weight": 1, "weights": "shares", "sources": {"x": 1}}},
        {"x": 2, "x-r1": 1},
        {"x": 1, "x-x": 1, "r2": 1},
    ],
    ids=str,
)
def test_each_key_comes_once(sources, corpora, tmp_path):
    spec = mixture(sources, epoch=320)
    names = {"web/x" if name == "web" else name for name in sources}
    mix(spec, tmp_path / "out", dict.fromkeys(names, corpora["d"]))
    keys = [key for key, _ in tar_samples(tmp_path / "out")]
    assert len(set(keys)) == len(keys) == 320
    assert list(verify(open_output(str(tmp_path / "out")))) == []


def test_a_mixture_of_one_that_repeats(corpora, tmp_path):
    """Its samples have the same episode, step and pass as others, and keys of their own."""
    mix(mixture({"d": 1}, epoch=300), tmp_path / "inner", {"d": corpora["d"]})
    mix(mixture({"inner": 1}, epoch=700), tmp_path / "outer", {"inner": tmp_path / "inner"})
    keys = {key for key, _ in tar_samples(tmp_path / "outer")}
    assert len(keys) == 700
    assert list(verify(open_output(str(tmp_path / "outer")))) == []
