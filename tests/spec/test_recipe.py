import pickle

import pytest

from vladata.spec.action import ExplicitBounds
from vladata.spec.find import recipe
from vladata.spec.read import validate
from vladata.spec.recipe import RecipeSpec
from vladata.spec.web import WebRule

NO_FILTERS = (
    "tasks",
    "language",
    "keys",
    "images",
    "decoded",
    "size",
    "aspect",
    "text",
    "similarity",
    "duplicates",
)
SMALL = """
name: mine
tasks: {action: {prompt: "{instruction}"}}
action: {codec: rt2, bounds: BOUNDS}
images: {cameras: CAMERAS}
"""


def small(bounds="quantiles", cameras="all"):
    return validate(RecipeSpec, SMALL.replace("BOUNDS", bounds).replace("CAMERAS", cameras), "mine.yaml")


def test_rt2_pali_x():
    assert recipe("rt2-pali-x").model_dump() == {
        "name": "rt2-pali-x",
        "tasks": {
            "action": {
                "kind": "action",
                "prompt": "Q: what action should the robot take to {instruction}? A:",
                "target": "{action}",
                "cameras": None,
                "frames": None,
                "share": None,
                "loss_weight": 1.0,
                "plan_from": "given",
                "coordinates": "per_255",
            }
        },
        "instruction": {"strip": True, "case": "keep", "final_stop": "keep"},
        "action": {"codec": "rt2", "bins": 256, "bounds": "quantiles", "terminate": "first", "chain": None},
        "state": None,
        "images": {
            "cameras": ("primary",),
            "size": None,
            "fit": "stretch",
            "resample": "bilinear",
            "crop_area": 1.0,
            "pad": {"colour": (0, 0, 0), "place": "centre"},
            "png": "keep",
            "quality": 95,
        },
        "select": dict.fromkeys(("instruction", "success", "length", "idle", "every", "hz")),
        "windows": {
            "history": 1,
            "stride": None,
            "stride_seconds": None,
            "head": "repeat",
            "chunk": 1,
            "tail": "drop",
        },
        "web": {
            "caption": {"prompt": "Generate caption in {language}", "target": "{answer}"},
            "vqa": {"prompt": "Q: {question} A:", "target": "{answer}"},
            "ocr": {"prompt": "Generate the text in the image in {language}", "target": "{answer}"},
            "conversation": {"prompt": "Q: {question} A:", "target": "{answer}"},
            "interleaved": {"prompt": "{question}", "target": "{answer}"},
            "answers": "most_frequent",
            "default_language": "en",
            "keep": dict.fromkeys(NO_FILTERS) | {"allow_empty": False},
        },
    }
    assert recipe("rt2-pali-x").web == WebRule(), "what the recipe writes out is what others leave out"


def test_what_a_recipe_leaves_out():
    spec = small()
    assert (
        spec.tasks["action"].target,
        spec.tasks["action"].loss_weight,
        spec.action.bins,
        spec.images.quality,
    ) == ("{action}", 1.0, 256, 95)
    assert spec.instruction.strip
    assert spec.images.cameras == "all"


def test_bounds_by_name_and_by_number():
    assert small(bounds="rt1-x").action.bounds == "rt1-x"
    assert small(bounds="{low: [-1, 0], high: [1, 0.5]}").action.bounds == ExplicitBounds(
        low=[-1, 0], high=[1, 0.5]
    )


def test_cameras_in_order():
    assert small(cameras="[wrist, primary]").images.cameras == ("wrist", "primary")


@pytest.mark.parametrize("codec", ["rt1", "rt1-x"])
def test_codecs_with_bounds_of_their_own(codec):
    text = SMALL.replace("rt2", codec).replace("BOUNDS", codec).replace("CAMERAS", "all")
    assert validate(RecipeSpec, text, "mine.yaml").action.bounds == codec


@pytest.mark.parametrize("codec", ["rt1", "rt1-x"])
def test_their_name_is_enough(codec):
    text = SMALL.replace("codec: rt2, bounds: BOUNDS", f"codec: {codec}").replace("CAMERAS", "all")
    action = validate(RecipeSpec, text, "mine.yaml").action
    assert action.model_dump() == {
        "codec": codec,
        "chain": None,
        "bins": 256,
        "bounds": codec,
        "terminate": "first",
    }
    assert action.settings() == {"bins": 256, "bounds": codec, "terminate": "first"}


def test_a_recipe_comes_back_from_json_and_from_another_process():
    spec = small(bounds="{low: [-1, 0], high: [1, 0.5]}")
    assert RecipeSpec.model_validate_json(spec.model_dump_json()) == spec
    assert pickle.loads(pickle.dumps(spec)) == spec
    assert hash(pickle.loads(pickle.dumps(spec))) == hash(spec)
    assert spec.action.settings()["bounds"] == {"low": [-1, 0], "high": [1, 0.5]}
