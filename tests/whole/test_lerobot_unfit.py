"""Pictures that turn out damaged only while they are decoded, on the way to LeRobot: one run names them all."""

import numpy as np
import orjson
import pyarrow.parquet as pq
import pytest

from tests.lerobot_data import CAMERAS, SCHEMA, Told, scanned, write_lerobot
from tests.outcome import plain
from tests.rlds_data import Faults, write_bridge_like
from tests.robot.retrying import broken_jpeg
from vladata.commands.verify import rederive, verify
from vladata.errors import OutputError
from vladata.robot.run import begin
from vladata.robot.settings import Settings
from vladata.shards.storage import open_output
from vladata.spec import find

BROKEN = {(0, 3): broken_jpeg(), (0, 5): broken_jpeg(), (2, 1): broken_jpeg()}
FIRST, LAST = "train-00000-000000", "train-00000-000002"
"""Episodes 0 and 2, of which pictures are broken; their headers are whole, so the index takes them."""


@pytest.fixture
def broken(tmp_path):
    return write_bridge_like(tmp_path / "in", episodes=3, steps=8, faults=Faults(images=BROKEN))


def settings(way):
    recipe = find.recipe("episodes")
    if way == "made anew":
        recipe = recipe.model_copy(update={"images": recipe.images.model_copy(update={"size": 32})})
    pictures = "video" if way == "video" else "images"
    return {"spec": plain(), "recipe": recipe, "pictures": pictures, "format": "lerobot", "memory": 1}


@pytest.mark.parametrize("way", ["made anew", "as it is", "video"])
def test_one_run_names_every_episode_and_writes_the_errata_that_leave_them_out(
    way, broken, tmp_path, converted
):
    given = settings(way)
    with pytest.raises(OutputError) as told:
        converted(broken, **given)
    said = str(told.value)
    assert "2 episodes have a picture that cannot be decoded" in said
    assert f"{FIRST}, step 3: " in said
    assert f"{LAST}, step 1: " in said
    assert "--overwrite --check-pictures" in said
    assert "--overwrite --errata" in said
    file = tmp_path / "out/.vladata/unfit.json"
    errata = orjson.loads(file.read_bytes())
    assert list(errata) == [FIRST, LAST]
    assert errata[FIRST]["exclude"].startswith("step 3: ")
    with pytest.raises(OutputError, match=f"{LAST}, step 1: "):
        converted(broken, **given)  # every unit is done, and the commit refuses again
    with begin(
        Settings(str(broken), str(tmp_path / "out"), errata=str(file), **given), overwrite=True
    ) as run:
        run.convert_here()
        manifest = run.commit()
    assert manifest.ledger["episodes"] == {"read": 3, "written": 1, "filtered": 2, "rejected": 0}
    rows = [
        row
        for path in sorted((tmp_path / "out").glob("data/*/*.parquet"))
        for row in pq.read_table(path).to_pylist()
    ]
    assert [(row["episode_index"], row["index"]) for row in rows] == [(0, t) for t in range(len(rows))]
    lines = [orjson.loads(line) for line in (tmp_path / "out/rejected.jsonl").read_bytes().splitlines()]
    assert [(line["episode"], line["reason"]) for line in lines] == [(FIRST, "errata"), (LAST, "errata")]
    assert not file.exists()
    output = open_output(str(tmp_path / "out"))
    assert list(verify(output)) == []
    assert list(rederive(output, [str(broken)])) == []


def test_errata_that_were_given_stay_in_the_file(broken, tmp_path, converted):
    own = {"train-00000-000001": {"instruction": "push the cup"}, LAST: {"exclude": "known"}}
    (tmp_path / "own.json").write_bytes(orjson.dumps(own))
    with pytest.raises(OutputError, match=f"an episode has a picture .*\n  {FIRST}, step 3: "):
        converted(broken, errata=str(tmp_path / "own.json"), **settings("video"))
    errata = orjson.loads((tmp_path / "out/.vladata/unfit.json").read_bytes())
    assert list(errata) == ["train-00000-000001", LAST, FIRST]
    assert errata[LAST] == {"exclude": "known"}


@pytest.mark.parametrize("way", ["made anew", "as it is", "video"])
def test_pictures_that_are_checked_first_are_rejected_steps_that_cut_the_episode(
    way, broken, tmp_path, converted
):
    manifest = converted(broken, check_pictures=True, **settings(way))
    assert manifest["written"] == {"episodes": 3, "stretches": 6, "cut": 2}
    assert manifest["ledger"]["reasons"]["bad_image"] == {"outcome": "rejected", "episodes": 0, "steps": 3}
    lines = [orjson.loads(line) for line in (tmp_path / "out/rejected.jsonl").read_bytes().splitlines()]
    assert [(line["episode"], line["step"], line["reason"]) for line in lines] == [
        (FIRST, 3, "bad_image"),
        (FIRST, 5, "bad_image"),
        (LAST, 1, "bad_image"),
    ]
    output = open_output(str(tmp_path / "out"))
    assert list(verify(output)) == []
    assert list(rederive(output, [str(broken)])) == []


@pytest.fixture
def broken_video(tmp_path):
    """A LeRobot dataset of one episode, bytes in the middle of whose video are damaged; the steps whose frames are lost."""
    folder = write_lerobot(tmp_path / "so100", episodes=[Told(40)])
    (video,) = folder.glob(f"videos/**/{CAMERAS[0]}/**/*.mp4")
    data = video.read_bytes()
    source, (record,) = scanned(folder)
    box = data.index(b"mdat")
    start, stop = box + 8, box - 4 + int.from_bytes(data[box - 4 : box])
    for at in np.linspace(start, stop - 60, 12).astype(int).tolist():
        video.write_bytes(data[:at] + b"\xff" * 60 + data[at + 60 :])
        footage = source.decode("train", record.place, record.data).steps[CAMERAS[0]]
        lost = [step for step, frame in enumerate(footage.frames()) if not isinstance(frame, np.ndarray)]
        if 0 < len(lost) < 20:
            return folder, lost
    raise AssertionError("no damage cost a frame")


def test_frames_of_a_video_that_cannot_be_decoded(broken_video, tmp_path, converted):
    folder, lost = broken_video
    (tmp_path / "so100.yaml").write_text(SCHEMA)
    given = {"spec": find.schema(str(tmp_path / "so100.yaml")), "format": "lerobot", "pictures": "video"}
    with pytest.raises(OutputError, match=f"an episode has a picture .*\n  .*, step {lost[0]}: "):
        converted(folder, **given)
    manifest = converted(folder, "checked", check_pictures=True, **given)
    assert manifest["ledger"]["steps"] == {
        "read": 40,
        "written": 40 - len(lost),
        "filtered": 0,
        "rejected": len(lost),
    }
    lines = [orjson.loads(line) for line in (tmp_path / "checked/rejected.jsonl").read_bytes().splitlines()]
    assert [line["step"] for line in lines] == lost
    output = open_output(str(tmp_path / "checked"))
    assert list(verify(output)) == []
    assert list(rederive(output, [str(folder)])) == []
