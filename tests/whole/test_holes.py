"""An episode with a hole is not written as if it had none: it is cut there, and everything says so."""

import orjson
import pytest

from tests.outcome import plain
from tests.rlds_data import Faults, write_bridge_like
from tests.robot.retrying import broken_jpeg
from tests.whole import two_cameras
from tests.whole.test_rlds import read
from vladata.commands.verify import rederive, verify
from vladata.shards.storage import open_output
from vladata.spec import find
from vladata.spec.select import Select


def about(folder):
    """Of every episode that was written: (episode of the source, first step, piece, pieces, steps, whether it ends)."""
    return [
        (
            told["source_episode"].decode(),
            int(told["first_step"]),
            int(told["piece"]),
            int(told["pieces"]),
            len(steps),
            bool(steps[-1]["is_terminal"]),
        )
        for told, steps in read(folder)
    ]


def agrees(out, source):
    output = open_output(str(out))
    assert list(verify(output)) == []
    assert list(rederive(output, [str(source)])) == []


def test_a_step_without_words_cuts_the_episode(tmp_path, converted):
    source = two_cameras.written(tmp_path / "in", empty_at=((2, 4),))
    manifest = converted(source)
    assert manifest["written"] == {"episodes": 3, "stretches": 4, "cut": 1}
    assert manifest["ledger"]["reasons"]["empty_instruction"] == {
        "outcome": "rejected",
        "episodes": 0,
        "steps": 1,
    }
    assert about(tmp_path / "out") == [
        ("train-00000-000000", 0, 0, 1, 6, True),
        ("train-00000-000001", 0, 0, 1, 4, False),
        ("train-00001-000000", 0, 0, 2, 5, False),
        ("train-00001-000000", 5, 1, 2, 4, True),
    ]
    # The moment after the first piece is the step that was left out: it was recorded, and only its words are missing.
    told, steps = read(tmp_path / "out")[2]
    assert told["final_observation"] == b"recorded"
    assert float(steps[-1]["reward"]) == 5
    agrees(tmp_path / "out", source)


def test_pictures_that_are_none(tmp_path, converted):
    """One that is none is known from the index; one that is cut short is seen when it is made anew."""
    source = write_bridge_like(tmp_path / "in", episodes=1, steps=8, faults=Faults(not_images=[(0, 3)]))
    manifest = converted(source, spec=plain())
    assert about(tmp_path / "out") == [
        ("train-00000-000000", 0, 0, 2, 4, False),
        ("train-00000-000000", 4, 1, 2, 4, True),
    ]
    (told, steps), _ = read(tmp_path / "out")
    assert told["final_observation"] == b"repeated"
    assert (steps[-1]["observation"]["primary"] == steps[-2]["observation"]["primary"]).all()
    assert manifest["ledger"]["steps"] == {"read": 8, "written": 6, "filtered": 1, "rejected": 1}
    agrees(tmp_path / "out", source)


@pytest.fixture
def cut_short(tmp_path):
    """A dataset of which the picture of one step has a header and an end, and does not decode."""
    faults = Faults(images={(0, 3): broken_jpeg()})
    return write_bridge_like(tmp_path / "in", episodes=1, steps=8, faults=faults)


def test_a_picture_that_does_not_decode_cuts_the_episode_when_it_is_made_anew(cut_short, tmp_path, converted):
    small = find.recipe("episodes")
    small = small.model_copy(update={"images": small.images.model_copy(update={"size": 32})})
    manifest = converted(cut_short, spec=plain(), recipe=small)
    assert manifest["written"] == {"episodes": 1, "stretches": 2, "cut": 1}
    assert manifest["ledger"]["reasons"]["bad_image"] == {"outcome": "rejected", "episodes": 0, "steps": 1}
    line = orjson.loads((tmp_path / "out" / "rejected.jsonl").read_bytes())
    assert (line["episode"], line["step"], line["reason"]) == ("train-00000-000000", 3, "bad_image")
    assert [entry[1:5] for entry in about(tmp_path / "out")] == [(0, 0, 2, 4), (4, 1, 2, 4)]
    assert read(tmp_path / "out")[0][1][0]["observation"]["primary"].shape == (32, 32, 3)
    agrees(tmp_path / "out", cut_short)


def test_an_episode_without_one_of_its_cameras_is_rejected_where_that_is_taken(tmp_path, converted):
    source = two_cameras.written(tmp_path / "in", lacks=1)
    manifest = converted(source)
    assert manifest["ledger"]["episodes"] == {"read": 3, "written": 2, "filtered": 0, "rejected": 1}
    assert [entry[0] for entry in about(tmp_path / "out")] == ["train-00000-000000", "train-00001-000000"]
    recipe = find.recipe("episodes")
    first = recipe.model_copy(update={"images": recipe.images.model_copy(update={"cameras": ("primary",)})})
    manifest = converted(source, "primary", recipe=first)
    assert manifest["ledger"]["episodes"]["written"] == 3
    agrees(tmp_path / "primary", source)


def test_steps_that_a_stride_or_a_frequency_leaves_out_are_no_hole(tmp_path, converted):
    source = two_cameras.written(tmp_path / "in")
    thinned = find.recipe("episodes").model_copy(update={"select": Select(every=2)})
    assert converted(source, recipe=thinned)["written"] == {"episodes": 3, "stretches": 3, "cut": 0}
    assert [entry[4] for entry in about(tmp_path / "out")] == [4, 3, 5]
    agrees(tmp_path / "out", source)
