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
            "is_last": t == STEPS - 1 and HALF[number],
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
    for task, share in SHARES.items():
        sums = np.concatenate([[0], np.cumsum(tasks == task)])
        assert set((sums[1000:] - sums[:-1000]).tolist()) == {share * 125}


def numbers(sample):
    return int(sample.episode.rsplit("-", 1)[1]), sample.step


@pytest.fixture(scope="module")
def places():
    """float32 [STEPS, 2] of each episode, where the arm was."""
    steps = [recorded(number)["steps"] for number in range(EPISODES)]
    return [np.stack([step["observation"]["effector_translation"] for step in each]) for each in steps]


def said(sample, places):
    """The prompt and, but for actions, the target of a sample."""
    number, step = numbers(sample)
    text = words(number)
    if sample.task == "action":
        return f"Q: what action should the robot take to {text}? A:", sample.target
    if sample.task == "instruction":
        return "Q: what is the robot told to do? A:", text
    if sample.task == "steps_between":
        return "Q: how many steps are between these two pictures? A:", str(step - int(sample.frames[1]))
    if sample.task == "success":
        is_done = step == STEPS - 2 and HALF[number]
        return f"Q: has the robot finished to {text}? A:", "yes" if is_done else "no"
    written = np.concatenate([place[:-1] for place in places])
    low, high = written.min(0), written.max(0)
    bins = (places[number][step] - low) / (high - low) * np.float32(255)
    return "Q: where is the arm of the robot? A:", " ".join(str(int(number)) for number in bins)


def test_each_task_against_a_plain_loop(samples, places):
    images, seen = pictures(), set()
    for sample in samples:
        number, step = numbers(sample)
        assert sample.instruction == words(number)
        assert (sample.prompt, sample.target) == said(sample, places)
        shown = sample.frames.tolist()
        assert shown[0] == step
        if sample.task == "steps_between":
            assert 0 <= step - shown[1] <= min(20, step)
            seen.add(step - shown[1])
        else:
            assert shown == ([step] if sample.task == "state" else [step, max(step - 1, 0)])
        names = ["primary", "primary-1"][: len(shown)]
        assert {name: bytes(image) for name, image in sample.images.items()} == {
            name: images[(number + frame) % len(images)] for name, frame in zip(names, shown, strict=True)
        }
    assert seen == set(range(21))


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
