"""What a schema takes fields for, held against features.json: each kind that is another is named, and no record is read."""

import numpy as np
import pytest

from tests.rlds_data import tfds, write
from vladata.errors import SourceError
from vladata.sources.misfits import misfits, require_fit
from vladata.sources.readers import open_source
from vladata.spec.dataset import DatasetSpec
from vladata.spec.read import validate

TEXT = """name: odd
robot: none
control_frequency_hz: 5
cameras: {primary: image}
language: {path: words}
state: {of: [state], encoding: other, names: [a, b]}
actions:
  default: recorded
  chains:
    recorded:
      gripper: none
      names: [a, b]
      operations:
        - {op: concat, of: ["action[0:2]"]}
terminate: {path: is_last, form: flag}
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    def features():
        f = tfds().features
        picture = (16, 16, 3)
        step = {
            "image": f.Image(shape=picture),
            "float_image": f.Image(shape=(16, 16, 1), dtype=np.float32),
            "list": f.Sequence(f.Image(shape=picture)),
            "words": f.Text(),
            "array": f.Tensor(shape=(3,), dtype=np.str_),
            "bytes": f.Tensor(shape=(8,), dtype=np.int32),
            "labels": f.Sequence(f.ClassLabel(names=["push", "pull"])),
            "state": f.Tensor(shape=(2,), dtype=np.float64),
            "rows": f.Tensor(shape=(2, 2), dtype=np.float32),
            "open": f.Sequence(np.float32),
            "action": f.Tensor(shape=(4,), dtype=np.float32),
            "one_hot": f.Tensor(shape=(3,), dtype=np.int32),
            "is_last": f.Scalar(dtype=np.bool_),
        }
        return f.FeaturesDict({"steps": f.Dataset(step), "once": {"words": f.Text(), "number": np.int64}})

    step = {
        **{name: np.zeros((16, 16, 3), np.uint8) for name in ("image",)},
        "float_image": np.zeros((16, 16, 1), np.float32),
        "list": [],
        "words": "push",
        "array": np.array(["a", "b", ""], object),
        "bytes": np.zeros(8, np.int32),
        "labels": [1, 0],
        "state": np.zeros(2),
        "rows": np.zeros((2, 2), np.float32),
        "open": [],
        "action": np.zeros(4, np.float32),
        "one_hot": np.array([1, 0, 0], np.int32),
        "is_last": True,
    }
    episode = {"steps": [step], "once": {"words": "push", "number": 1}}
    return open_source(
        write(tmp_path_factory.mktemp("odd"), "odd", features, {"train": lambda: iter([episode])})
    )


def found(source, old="", new=""):
    assert old in TEXT
    spec = validate(DatasetSpec, TEXT.replace(old, new), "here")
    return [str(difference) for difference in misfits(spec, source)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),
        ("path: words", "path: once/words"),
        ("path: words", "path: array, take: 2"),
        ("path: words", "path: bytes, decode: utf8_bytes_padded"),
        ("primary: image", "primary: 'list[0]'"),
        ("path: is_last, form: flag", "path: one_hot, form: one_hot3"),
        ("path: is_last, form: flag", "fallback: [position]"),
        ("path: is_last, form: flag", "path: 'action[-1]', form: action_column"),
    ],
)
def test_what_fits(source, old, new):
    assert found(source, old, new) == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            "primary: image",
            "primary: float_image",
            "float_image: declared a camera (cameras.primary), but the data has image[",
        ),
        (
            "primary: image",
            "primary: list",
            "list: declared a camera (cameras.primary), but the data has image[?,16,16,3]: each",
        ),
        (
            "primary: image",
            "primary: action",
            "action: declared a camera (cameras.primary), but the data has float32[4]: each",
        ),
        (
            *("path: words", "path: array"),
            "array: declared one text (language.path), but the data has string[3], several; choose one with",
        ),
        (
            "path: words",
            "path: array, take: 3",
            "array: declared text 3 of several (language.path), but the data has string[3]",
        ),
        (
            *("path: words", "path: bytes"),
            "bytes: declared the instruction (language.path), but the data has int32[8], not text; "
            "decode: utf8_bytes_padded",
        ),
        (
            *("path: words", "path: labels, decode: utf8_bytes_padded"),
            "labels: declared integers that are bytes of text (language.path, decode: "
            "utf8_bytes_padded), but the data has int64[?], "
            "numbers of labels",
        ),
        (
            "path: words",
            "path: once/number",
            "once/number: declared the instruction (language.path), but the data has int64, no",
        ),
        (
            "of: [state]",
            "of: [rows]",
            "rows: declared numbers (state.of[0]), but the data has float32[2,2]: an array of several",
        ),
        (
            "of: [state]",
            "of: [open]",
            "open: declared numbers (state.of[0]), but the data has float32[?]: a list or an array of any",
        ),
        (
            "of: [state]",
            "of: [words]",
            "words: declared numbers (state.of[0]), but the data has string: not numbers",
        ),
        (
            *('"action[0:2]"', '"action[0:9]"'),
            "action[0:9]: declared numbers (actions.chains.recorded.operations[0].of[0]), but the data has float32[4]: it has 4",
        ),
        (
            '"action[0:2]"',
            "action",
            "chain recorded: declared an action that can be computed, but the data has schema odd",
        ),
        (
            *("form: flag", "form: one_hot3"),
            "is_last: declared numbers (terminate.path), but the data has bool: 1 columns; form: one_hot3 has 3",
        ),
        (
            *(
                "        - {op: concat",
                "        - {op: filter_steps, drop: [{path: action, test: non_empty}]}\n        - {op: concat",
            ),
            "action: declared the value of a step for non_empty, but the data has float32[4]: not one text",
        ),
    ],
)
def test_what_does_not(source, old, new, says):
    (said,) = found(source, old, new)
    assert said.startswith(says)


def test_a_run_stops_before_it_reads(source):
    spec = validate(
        DatasetSpec, TEXT.replace("of: [state]", "of: [rows]").replace("path: words", "path: array"), "here"
    )
    with pytest.raises(SourceError, match=r"2 fields do not fit schema odd.*\n  array: declared one text"):
        require_fit(spec, source, None)
