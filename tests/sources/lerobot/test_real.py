"""Real data of LeRobot v2.1 (VLADATA_REAL_DATA/lerobot_sim_pick_place): four episodes, three cameras, six videos missing."""

import os
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

pytest.importorskip("av")

import av

from tests.conversion import convert, recipe
from tests.lerobot_data import scanned
from vladata.errors import CorruptRecord, UnsupportedFeature
from vladata.robot.rederive import rederive
from vladata.shards.storage import open_output
from vladata.sources.infer import infer
from vladata.sources.readers import open_source
from vladata.spec.find import schema

REAL = Path(os.environ.get("VLADATA_REAL_DATA", "nowhere")) / "lerobot_sim_pick_place"
pytestmark = pytest.mark.skipif(
    not REAL.exists(), reason="VLADATA_REAL_DATA names no folder with lerobot_sim_pick_place"
)
LENGTHS = [412, 411, 398, 446]
WHOLE = "video.ego_view"
PARTLY = "video.base_view"


def test_numbers_and_texts_equal_those_of_pyarrow():
    source, records = scanned(REAL)
    wanted = frozenset(
        name for name, leaf in source.columns.items() if leaf.kind in ("number", "text") and leaf.per_step
    )
    assert len(wanted) > 25
    for record, length in zip(records, LENGTHS, strict=True):
        episode = source.decode("train", record.place, record.data, wanted)
        table = pq.read_table(REAL / record.place.file)
        assert len(episode) == length
        for name in wanted - {"task"}:
            expected = np.array(table[name].to_pylist())
            np.testing.assert_array_equal(
                episode.steps[name], expected.reshape(np.shape(episode.steps[name]))
            )


def test_frames_equal_those_that_pyav_decodes():
    source, records = scanned(REAL)
    episode = source.decode("train", records[1].place, records[1].data, frozenset([WHOLE]))
    with av.open(str(REAL / "videos/chunk-000" / WHOLE / "episode_000001.mp4")) as container:
        for expected, frame in zip(container.decode(video=0), episode.steps[WHOLE].frames(), strict=True):
            np.testing.assert_array_equal(frame, expected.to_ndarray(format="rgb24"))


def test_videos_that_are_missing_cost_their_camera_alone():
    source, records = scanned(REAL)
    for number, record in enumerate(records):
        source.decode("train", record.place, record.data, frozenset([WHOLE]))
        if number == 2:
            source.decode("train", record.place, record.data, frozenset([PARTLY]))
        else:
            with pytest.raises(CorruptRecord, match=f"{PARTLY}/episode_{number:06d}.mp4"):
                source.decode("train", record.place, record.data, frozenset([PARTLY]))


def test_pickled_columns_are_named_and_never_loaded():
    source, (record, *_) = scanned(REAL)
    pickled = [name for name, leaf in source.columns.items() if leaf.kind == "unsupported"]
    assert len(pickled) == 21
    for name in pickled:
        with pytest.raises(UnsupportedFeature, match="never loaded"):
            source.decode("train", record.place, record.data, frozenset([name]))


def test_the_readable_part_converts_and_the_rest_is_named(tmp_path):
    (tmp_path / "draft.yaml").write_text(infer(open_source(REAL)).text)
    spec = schema(str(tmp_path / "draft.yaml"))
    assert list(spec.cameras.values()) == [PARTLY, "video.base_view_2", WHOLE]
    manifest = convert(REAL, tmp_path / "partly", spec=spec, recipe=recipe(size=64, cameras=("primary",)))
    assert manifest["ledger"]["episodes"] == {"read": 4, "written": 1, "filtered": 0, "rejected": 3}
    said = (tmp_path / "partly/rejected.jsonl").read_text()
    assert all(f"{PARTLY}/episode_{number:06d}.mp4" in said for number in (0, 1, 3))
    assert list(rederive(open_output(str(tmp_path / "partly")), str(REAL))) == []
