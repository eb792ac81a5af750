"""Hugging Face's datasets reads an output, by its card and by its tars, with nothing of vladata in its process."""

import shutil

import pytest

from tests.bridge_samples import comparable
from tests.conversion import convert
from tests.rlds_data import write_bridge_like

CASES = [
    ("card", "plain"),
    ("card", "several"),
    ("card", "mixed"),
    ("stream", "plain"),
    ("webdataset", "plain"),
]
FLOAT32 = "List(Value('float32'))"


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """An output in a split that Hugging Face cannot call by its name, as (WebDataset, TFRecord)."""
    source = write_bridge_like(tmp_path_factory.mktemp("elsewhere"), 2, 4)
    renamed = source.parent / "1.0.1"
    shutil.copytree(source, renamed)
    for file in renamed.iterdir():
        if "-train" in file.name:
            file.rename(renamed / file.name.replace("-train", "-lab-2"))
        elif file.name == "dataset_info.json":
            file.write_text(file.read_text().replace('"train"', '"lab-2"').replace('"1.0.0"', '"1.0.1"'))
    outs = tuple(tmp_path_factory.mktemp("elsewhere") / name for name in ("webdataset", "tfrecord"))
    for out in outs:
        convert(renamed, out, split="lab-2", format=out.name)
    return outs


@pytest.fixture(scope="module")
def found(read, request, elsewhere, tfrecord):
    """(how it was read, name of the output) -> what was found, all read by one process."""
    folders = {case: request.getfixturevalue(case[1]).path for case in CASES}
    folders |= {("card", "elsewhere"): elsewhere[0], ("card", "elsewhere_tfrecord"): elsewhere[1]}
    folders["card", "tfrecord"] = tfrecord.path
    arguments = {case: f"{case[0]}={folder}" for case, folder in folders.items()}
    read_back = read("read_huggingface.py", *arguments.values())
    return {case: read_back[argument] for case, argument in arguments.items()}


@pytest.mark.parametrize(("how", "name"), CASES)
def test_every_sample_comes_back(how, name, found, request):
    expected, read_back = request.getfixturevalue(name), found[how, name]
    samples = [sample for split in read_back.values() for sample in split["samples"]]
    assert len(samples) == len(expected.samples)
    for sample in samples:
        images = {n.split(".")[0]: image[0] for n, image in sample["images"].items() if image}
        assert comparable({**sample, "images": images}) == expected.samples[sample["key"]]
        assert sample["contract"] == expected.contract
    for split, content in read_back.items():
        assert {sample["key"] for sample in content["samples"]} == expected.keys(split)


def test_the_card_declares_the_columns(found):
    columns = found["card", "several"]["val"]["columns"]
    assert list(columns) == ["fourth.jpg", "primary.jpg", "json", "__key__", "__url__"]
    for name, kind in {"action": FLOAT32, "state": FLOAT32, "bins": "List(Value('int64'))"}.items():
        assert f"'{name}': {kind}" in columns["json"]


def test_a_camera_of_two_kinds_has_two_columns(found):
    read_back = found["card", "mixed"]["train"]
    assert list(read_back["columns"])[:2] == ["primary.jpg", "primary.png"]
    for sample in read_back["samples"]:
        kind = "JPEG" if "-000000-" in sample["key"] else "PNG"
        assert [image[3] for image in sample["images"].values() if image] == [kind]


def test_a_split_with_a_dash_gets_an_underscore(found):
    assert [sample["split"] for sample in found["card", "elsewhere"]["lab_2"]["samples"]] == ["lab-2"] * 4


@pytest.mark.parametrize("name", ["tfrecord", "elsewhere_tfrecord"])
def test_tfrecord_is_refused_and_nothing_else_taken_for_the_data(name, found):
    assert found["card", name]["error"].startswith("DataFilesNotFoundError: No (supported) data files found")
