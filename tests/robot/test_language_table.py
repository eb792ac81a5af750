"""rt2-language-table on RLDS with the dataset's features: five tasks in exact shares, each right against a plain loop."""

import io

import numpy as np
import pytest
from PIL import Image

import vladata
from tests.rlds_data import tfds, write
from vladata.robot.rederive import rederive
from vladata.robot.run import begin
from vladata.robot.settings import Settings
from vladata.runs.verify import verify
from vladata.shards.storage import open_output
from vladata.spec import find

EPISODES, STEPS = 45, 60  # recorded; the last of each is an observation only
SHARES = {"action": 4, "instruction": 1, "state": 1, "steps_between": 1, "success": 1}
HALF = {number: number % 3 != 0 for number in range(EPISODES)}  # whether an episode ends


def features():
    f = tfds().features
    observation = {
        "rgb": f.Image(shape=(360, 640, 3), encoding_format="jpeg"),
        "instruction": f.Tensor(shape=(512,), dtype=np.int32),
        "effector_translation": f.Tensor(shape=(2,), dtype=np.float32),
        "effector_target_translation": f.Tensor(shape=(2,), dtype=np.float32),
    }
    step = {
        "observation": f.FeaturesDict(observation),
        "action": f.Tensor(shape=(2,), dtype=np.float32),
        **{name: f.Scalar(dtype=np.bool_) for name in ("is_first", "is_last", "is_terminal")},
        "reward": f.Scalar(dtype=np.float32),
    }
    return f.FeaturesDict({"episode_id": f.Text(), "steps": f.Dataset(step)})


def pictures():
    made = []
    for shade in range(8):
        file = io.BytesIO()
        Image.new("RGB", (640, 360), (30 * shade, 100, 80)).save(file, "JPEG")
        made.append(file.getvalue())
    return made


def words(number):
    return f"push the {('red', 'blue', 'grün')[number % 3]} block to {number}"


def instruction(number):
    data = words(number).encode()
    return np.array([*data, *[0] * (512 - len(data))], np.int32)


def recorded(number):
    rng, images = np.random.default_rng(number), pictures()
    place = rng.uniform(0.2, 0.4, (STEPS, 2)).astype(np.float32)
    action = rng.uniform(-0.12, 0.12, (STEPS, 2)).astype(np.float32)
    steps = [
        {
            "observation": {
                "rgb": io.BytesIO(images[(number + t) % len(images)]),
                "instruction": instruction(number),
                "effector_translation": place[t],
                "effector_target_translation": place[t],
            },
            "action": action[t],
            "is_first": t == 0,
            "is_last": t == STEPS - 1,
            "is_terminal": t == STEPS - 1 and HALF[number],
            "reward": np.float32(0),
        }
        for t in range(STEPS)
    ]
    return {"episode_id": f"episode {number}", "steps": steps}


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("language_table")
    source = write(folder, "language_table", features, {"train": lambda: map(recorded, range(EPISODES))})
    specs = {"spec": find.schema("language_table"), "recipe": find.recipe("rt2-language-table")}
    with begin(Settings(str(source), str(folder / "out"), **specs, order="source")) as run:
        run.convert_here()
        run.commit()
    return source, folder / "out"


@pytest.fixture(scope="module")
def samples(out):
    return list(vladata.open(out[1]))


def test_every_run_of_1000_has_the_declared_shares(samples):
    assert len(samples) == EPISODES * (STEPS - 1)
    tasks = np.array([sample.task for sample in samples])
    moved = {
        "steps_between": -1,
        "action": 1,
    }  # a first step has no frame before it: it goes to the first task
    for task, share in SHARES.items():
        sums = np.concatenate([[0], np.cumsum(tasks == task)])
        runs = sums[1000:] - sums[:-1000]
        first_steps = np.array([sample.step == 0 for sample in samples])
        drawn = _moved(first_steps)
        due = share * 125 + moved.get(task, 0) * (drawn[1000:] - drawn[:-1000])
        assert runs.tolist() == due.tolist()


def _moved(first_steps):
    """How many first steps have been the turn of steps_between, by the pinned order of eight turns (tests/language)."""
    turn = np.arange(len(first_steps)) % 8 == 5
    return np.concatenate([[0], np.cumsum(first_steps & turn)])


def numbers(sample):
    return int(sample.episode.rsplit("-", 1)[1]), sample.step


def test_each_task_against_a_plain_loop(samples):
    places = [
        np.stack([step["observation"]["effector_translation"] for step in recorded(n)["steps"]])
        for n in range(EPISODES)
    ]
    written = np.concatenate([place[:-1] for place in places])
    low, high = written.min(0), written.max(0)
    images = pictures()
    seen = set()
    for sample in samples:
        number, step = numbers(sample)
        text = words(number)
        assert sample.instruction == text
        expected = {
            "action": lambda: (f"Q: what action should the robot take to {text}? A:", None),
            "instruction": lambda: ("Q: what is the robot told to do? A:", text),
            "state": lambda: (
                "Q: where is the arm of the robot? A:",
                " ".join(
                    str(
                        int(
                            np.float32((places[number][step][d] - low[d]) / (high[d] - low[d]))
                            * np.float32(255)
                        )
                    )
                    for d in (0, 1)
                ),
            ),
            "steps_between": lambda: (
                "Q: how many steps are between these two pictures? A:",
                str(step - int(sample.frames[1])),
            ),
            "success": lambda: (
                f"Q: has the robot finished to {text}? A:",
                "yes" if step == STEPS - 2 and HALF[number] else "no",
            ),
        }[sample.task]()
        assert sample.prompt == expected[0]
        if expected[1] is not None:
            assert sample.target == expected[1]
        shown = sample.frames.tolist()
        assert shown[0] == step
        if sample.task == "steps_between":
            assert 1 <= step - shown[1] <= 20
            seen.add(step - shown[1])
        elif sample.task != "state":
            assert shown == [step, max(step - 1, 0)]
        names = ["primary", "primary-1"][: len(shown)]
        assert {name: bytes(image) for name, image in sample.images.items()} == {
            name: images[(number + frame) % len(images)] for name, frame in zip(names, shown, strict=True)
        }
    assert seen == set(range(1, 21))


def test_actions_are_centimetres(samples):
    for sample in samples:
        if sample.task == "action":
            number, step = numbers(sample)
            action = np.clip(recorded_action(number)[step], -0.1, 0.1)
            x, y = map(int, sample.target.split())
            assert np.abs(np.array([x, y]) / 100 - action).max() <= 0.005 + 1e-6
            assert sample.bins.tolist() == [x, y]


_ACTIONS = {}


def recorded_action(number):
    if number not in _ACTIONS:
        _ACTIONS[number] = np.stack([step["action"] for step in recorded(number)["steps"]])
    return _ACTIONS[number]


def test_it_agrees_with_itself_and_its_source(out):
    output = open_output(str(out[1]))
    assert [str(found) for check in (verify(output), rederive(output, str(out[0]))) for found in check] == []


def test_the_manifest_counts_the_samples_of_each_task(out, samples):
    manifest = vladata.open(out[1]).manifest
    assert manifest.ledger["samples"] == {task: sum(s.task == task for s in samples) for task in SHARES}
    assert (manifest.cameras, manifest.partly) == (("primary", "primary-1"), ("primary-1",))
