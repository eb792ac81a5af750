"""The dataset card: what its front matter declares to Hugging Face, and what it says to people."""

from dataclasses import replace

import pytest
import yaml

from tests.manifests import MANIFEST, of_part
from vladata.records import FIELDS
from vladata.shards.card import card
from vladata.shards.manifest import SplitCounts


def front(manifest=MANIFEST, **changes):
    _, matter, text = card(replace(manifest, **changes)).split("---\n", 2)
    return yaml.safe_load(matter), text


def test_files_and_features_of_webdataset():
    matter, _ = front()
    files = [{"split": "train", "path": "train/*.tar"}, {"split": "val", "path": "val/*.tar"}]
    assert matter["configs"] == [{"config_name": "default", "data_files": files}]
    features = matter["dataset_info"]["features"]
    assert [column["name"] for column in features] == [
        "wrist.png",
        "primary.jpg",
        "json",
        "__key__",
        "__url__",
    ]
    assert features[0] == {"name": "wrist.png", "dtype": "image"}
    fields = {field.pop("name"): field for field in features[2]["struct"]}
    integer, texts = (
        {"dtype": "int64"},
        ("prompt", "target", "task", "dataset", "split", "episode", "instruction"),
    )
    assert fields == {
        **{name: {"dtype": "string"} for name in (*texts, "plan", "contract")},
        **dict.fromkeys(("step", "terminate"), integer),
        **{name: {"list": "float32"} for name in ("action", "state")},
        "bins": {"list": "int64"},
        "loss_weight": {"dtype": "float32"},
        "source": {
            "struct": [{"name": "file", "dtype": "string"}]
            + [{"name": n, **integer} for n in ("offset", "length")]
        },
    }
    assert "viewer" not in matter


def test_every_field_of_a_sample_is_declared():
    (struct,) = (column["struct"] for column in front()[0]["dataset_info"]["features"] if "struct" in column)
    assert [field["name"] for field in struct] == [field.name for field in FIELDS]


def test_tfrecord_declares_its_files_and_no_viewer():
    matter, _ = front(format="tfrecord")
    assert matter["configs"][0]["data_files"] == [
        {"split": "train", "path": "bridge-train.tfrecord-*"},
        {"split": "val", "path": "bridge-val.tfrecord-*"},
    ]
    assert matter["viewer"] is False
    assert "dataset_info" not in matter


def test_a_camera_of_two_kinds_has_a_column_for_each():
    kinds = {"wrist": ["jpg", "png"], "primary": ["jpg"]}
    columns = front(image_kinds=kinds)[0]["dataset_info"]["features"][:3]
    assert [column["name"] for column in columns] == ["wrist.jpg", "wrist.png", "primary.jpg"]


@pytest.mark.parametrize(("split", "name"), [("lab-2", "lab_2"), ("test_unseen", "test_unseen")])
def test_a_split_is_named_as_hugging_face_allows(split, name):
    (files,) = front(splits={split: SplitCounts(0, 0)})[0]["configs"][0]["data_files"]
    assert files == {"split": name, "path": f"{split}/*.tar"}


def test_a_name_that_yaml_could_mistake_stays_text():
    matter, _ = front(of_part(recipe={"name": "no", "prompt": ""}), name="1.0")
    assert (matter["pretty_name"], matter["tags"][-1]) == ("1.0", "no")


def test_the_text_counts_and_says_where_it_comes_from():
    _, text = front()
    assert "| episodes | 1,200 | 1,100 | 60 | 40 |\n| steps | 12,000 | 10 | 11,990 | 0 |" in text
    assert "- filtered, too_short: 60 episodes, 1,234 steps" in text
    assert (
        "that its task shows. Action contract: `ab12`.\n\n| task | prompt | target |\n|---|---|---|\n" in text
    )
    assert "| action | `Q: {instruction}?\\n A:` | `{action}` |" in text
    assert "Licence of the source data: not established. Citation: not given." in text
    given = {"name": "b", "licence": "CC BY 4.0", "citation": "Walke et al."}
    assert "Licence of the source data: CC BY 4.0. Citation: Walke et al." in front(of_part(schema=given))[1]


def test_the_first_line_says_how_much_of_the_source_is_missing():
    _, text = front()
    assert text.strip().splitlines()[2] == (
        "**Part of the source is missing: 40 of 1,200 episodes (3.3%) and 0 of 12,000 steps (0%) that were read were rejected "
        "as faulty (rejected.jsonl lists them).**"
    )


def test_nothing_is_said_to_be_missing_of_a_whole_source():
    ledger = {
        **MANIFEST.ledger,
        "episodes": {"read": 1200, "written": 1100, "filtered": 100, "rejected": 0},
    }
    _, text = front(ledger=ledger)
    assert text.strip().splitlines()[2].startswith("Robot episodes as vision-language-action samples")
    assert "is missing" not in text
