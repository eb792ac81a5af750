"""The demo's dataset: its actions give its states, its episodes do what they say, its schema fits the files of TFDS."""

import json
import re
import tarfile

import numpy as np
import pytest
import simplejpeg

from docs.demo import make_corpus, make_episodes
from docs.demo.motion import take
from docs.demo.scene import Block, Scene, step

TAKES = [take(seed=0, number=number) for number in range(40)]


@pytest.mark.parametrize("shot", TAKES, ids=lambda shot: shot.instruction)
def test_actions_lead_from_state_to_state(shot):
    states, actions = shot.states(), shot.actions()
    assert states.dtype == actions.dtype == np.float32
    assert np.array_equal(actions[:-1, :6], states[1:, :6] - states[:-1, :6])
    assert not actions[-1, :6].any()
    assert set(actions[:, 6]) <= {0.0, 1.0}


def moves(shot):
    """What each block did, by colour: float64 [3], metres."""
    pairs = zip(shot.scenes[0].blocks, shot.scenes[-1].blocks, strict=True)
    return {before.colour: after.centre - before.centre for before, after in pairs}


@pytest.mark.parametrize("shot", TAKES, ids=lambda shot: shot.instruction)
def test_the_block_that_is_named_does_what_is_said_and_no_other_moves(shot):
    words = shot.instruction.split()
    colour = words[words.index("block") - 1]
    moved = moves(shot)
    others = [way for name, way in moved.items() if name != colour]
    assert np.abs(others).max() < 1e-6
    axis, sign = {"left": (1, 1), "right": (1, -1), "forward": (0, 1)}.get(words[-1], (2, 1))
    assert sign * moved[colour][axis] >= 0.03


def test_every_kind_of_task_occurs():
    kinds = {
        "on" if " on " in t.instruction else "push" if t.instruction[0] in "psm" else "lift" for t in TAKES
    }
    assert kinds == {"on", "push", "lift"}


def test_an_episode_is_fixed_by_seed_and_number():
    first, again, other = take(1, 2), take(1, 2), take(1, 3)
    assert first.instruction == again.instruction
    assert np.array_equal(first.states(), again.states())
    assert not np.array_equal(first.states()[0], other.states()[0])


RED = Block("red", 0.05, np.array([0.3, 0.0, 0.025]), 0.0)


def at(x, y, z):
    return np.array([x, y, z, 0.0, 0.0, 0.0])


def test_fingers_stop_at_the_block_and_carry_it():
    scene = Scene(at(0.3, 0, 0.025), 1.0, (RED,))
    for _ in range(3):
        scene = step(scene, at(0.3, 0, 0.025), command=0)
    assert scene.held == 0
    assert scene.opening == pytest.approx(0.05 / 0.08)
    lifted = step(scene, at(0.3, 0, 0.125), command=0)
    assert lifted.blocks[0].centre == pytest.approx([0.3, 0, 0.125])
    dropped = step(lifted, at(0.3, 0, 0.125), command=1)
    assert dropped.held is None
    assert dropped.blocks[0].centre == pytest.approx([0.3, 0, 0.025])


def test_a_released_block_rests_on_the_one_below():
    blue = Block("blue", 0.04, np.array([0.3, 0.0, 0.2]), 0.0)
    scene = Scene(at(0.3, 0, 0.2), 0.5, (RED, blue), held=1)
    assert step(scene, at(0.3, 0, 0.2), command=1).blocks[1].centre == pytest.approx([0.3, 0, 0.07])


@pytest.mark.parametrize(
    ("height", "opening", "y"),
    [(0.02, 0.0, 0.057), (0.2, 0.0, 0.0), (0.02, 1.0, 0.0)],
    ids=["closed and low", "above it", "open"],
)
def test_a_closed_gripper_pushes_what_is_in_its_way(height, opening, y):
    scene = Scene(at(0.3, -0.06, height), opening, (RED,))
    moved = step(scene, at(0.3, 0.02, height), command=opening)
    assert moved.blocks[0].centre == pytest.approx([0.3, y, 0.025])


def test_pictures_show_what_happens():
    steps = make_episodes.episode(seed=0, number=0)
    images = [simplejpeg.decode_jpeg(s["observation"]["image"].getvalue()) for s in (steps[0], steps[-1])]
    wrists = [
        simplejpeg.decode_jpeg(s["observation"]["wrist_image"].getvalue()) for s in (steps[0], steps[-1])
    ]
    assert images[0].shape == (256, 256, 3)
    assert wrists[0].shape == (128, 128, 3)
    assert np.abs(images[0].astype(int) - images[1]).mean() > 3
    assert [s["is_last"] for s in steps] == [False] * (len(steps) - 1) + [True]


def test_what_is_written_is_read_and_standardised_by_its_schema(tmp_path):
    import vladata

    make_episodes.write(tmp_path, count=10, seed=3)
    found = {}
    for episode in vladata.episodes(tmp_path / "tabletop" / "1.0.0", schema="docs/demo/tabletop.yaml"):
        found[episode.steps["instruction"][0]] = episode
    shots = [take(3, number) for number in range(9)]
    assert {shot.instruction for shot in shots} == set(found)
    episode = found[shots[0].instruction]
    assert np.array_equal(episode.steps["action"], shots[0].actions()[:-1])
    assert np.array_equal(episode.steps["state"], shots[0].states()[:-1])
    assert list(np.flatnonzero(episode.steps["terminate"])) == [len(episode) - 1]
    assert sorted(set(episode.steps) - {"action", "state", "terminate", "instruction"}) == [
        "images/primary",
        "images/wrist",
    ]


def test_an_existing_dataset_is_not_written_over(tmp_path, capsys):
    (tmp_path / "tabletop" / "1.0.0").mkdir(parents=True)
    with pytest.raises(SystemExit):
        make_episodes.main([str(tmp_path)])
    assert "is there already; remove it first" in capsys.readouterr().err


def test_pictures_with_words():
    """A caption names the blocks that there are, unless it is another picture's: then its similarity says so."""
    records = list(make_corpus.records(12, 0))
    scenes = [take(0, make_corpus.OTHER + number).scenes[0] for number in range(12)]
    for number, (record, scene) in enumerate(zip(records, scenes, strict=True)):
        words = json.loads(record["json"])
        is_strange = number % 3 == 2
        assert (words["caption"] == make_corpus.caption(scene)) is not is_strange
        assert (words["similarity"] < 0.22) is is_strange
        assert len(words["answers"]) == 3
        assert simplejpeg.decode_jpeg(record["jpg"]).shape == (256, 256, 3)
        if words["question"].startswith("how many"):
            assert words["answers"][0] == str(len(scene.blocks))
    named = re.findall(r"an? (\w+) block", make_corpus.caption(scenes[0]))
    assert sorted(named) == sorted(block.colour for block in scenes[0].blocks)


def test_a_corpus_is_fixed_by_its_seed(tmp_path):
    make_corpus.write(tmp_path / "out", 4, 5)
    expected = {f"{r['__key__']}.jpg": r["jpg"] for r in make_corpus.records(4, 5)}
    with tarfile.open(tmp_path / "out" / "blocks-00000.tar") as tar:
        written = {m.name: tar.extractfile(m).read() for m in tar if m.name.endswith(".jpg")}
    assert written == expected


def test_an_existing_corpus_is_not_written_over(tmp_path, capsys):
    with pytest.raises(SystemExit):
        make_corpus.main([str(tmp_path)])
    assert "is there already; remove it first" in capsys.readouterr().err
