"""Small data in the layouts that the documentation names. LAYOUTS: name -> a function that writes such data into a folder."""

import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import webdataset
import yaml

from docs.demo import make_corpus, make_episodes
from tests.corpora.made import jpeg
from tests.hdf5_data import write_libero
from tests.lerobot_data import write_lerobot
from tests.rlds_data import tfds, write, write_bridge_like
from tests.trained_tokenizers import byte_level_bpe, sentencepiece_unigram
from vladata.cli.main import _run

ROOT = Path(__file__).resolve().parent.parent
DROID_CAMERAS = ("exterior_image_1_left", "exterior_image_2_left", "wrist_image_left")
DROID_STATE = {"cartesian_position": 6, "gripper_position": 1}
DROID_TEXTS = ("language_instruction", "language_instruction_2", "language_instruction_3")
TABLE = [
    {"episode": f"train-00000-{n:06d}", "start": 0, "stop": 8, "field": "subtask", "value": "reach"}
    for n in range(6)
]
NUMBERED = [
    {"episode_key": str(n), "start": 0, "stop": 8, "field": "subtask", "value": "reach"} for n in range(6)
]
ECOT = {
    "/data/episode_0000.npy": {"0": {"reasoning": {"0": {"task": "reach", "plan": "reach"}}, "features": {}}}
}


def shown(page: str, name: str) -> str:
    """The YAML block of that name on a page; the last one where there are several."""
    blocks = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / page).read_text(), re.DOTALL)
    return [block for block in blocks if yaml.safe_load(block).get("name") == name][-1]


def vladata(*arguments: object) -> None:
    code = _run([str(argument) for argument in arguments])
    assert code == 0, arguments


def bridge(path: Path) -> None:
    write_bridge_like(path.parent / "written", episodes=6, steps=8).rename(path)


def droid(path: Path) -> None:
    """Three episodes with DROID's columns, of which two are successes."""

    def features():
        f = tfds().features
        text, flag, image = f.Text(), f.Scalar(np.bool_), f.Image(shape=(180, 320, 3), encoding_format="jpeg")
        seen = dict.fromkeys(DROID_CAMERAS, image)
        seen |= {name: f.Tensor(shape=(n,), dtype=np.float64) for name, n in DROID_STATE.items()}
        done = {"gripper_position": 1, "cartesian_velocity": 6}
        step = {
            "observation": seen,
            "action_dict": {name: f.Tensor(shape=(n,), dtype=np.float64) for name, n in done.items()},
            **dict.fromkeys(("is_first", "is_last", "is_terminal"), flag),
            **dict.fromkeys(DROID_TEXTS, text),
        }
        told = {"file_path": text, "recording_folderpath": text}
        return f.FeaturesDict({"steps": f.Dataset(step), "episode_metadata": told})

    def episodes():
        rng = np.random.default_rng(0)
        for number in range(3):
            result = "failure" if number == 1 else "success"
            name = f"/droid/{result}/{number}"
            yield {
                "steps": [
                    {
                        "observation": {
                            **{camera: io.BytesIO(jpeg(t, 180, 320)) for camera in DROID_CAMERAS},
                            **{name: rng.uniform(0, 1, n) for name, n in DROID_STATE.items()},
                        },
                        "action_dict": {
                            "gripper_position": rng.uniform(0, 1, 1),
                            "cartesian_velocity": rng.uniform(-1, 1, 6),
                        },
                        "is_first": t == 0,
                        "is_last": t == 19,
                        "is_terminal": t == 19,
                        **dict.fromkeys(DROID_TEXTS, "put the pen in the cup"),
                    }
                    for t in range(20)
                ],
                "episode_metadata": {"file_path": f"{name}.h5", "recording_folderpath": f"{name}/recordings"},
            }

    write(path.parent.parent, "droid", features, {"train": episodes})


def schema(path: Path) -> None:
    """The draft of a schema, with the rate that LeRobot's datasets need."""
    vladata("schemas", "infer", "bridge_dataset/1.0.0", "--out", path)
    path.write_text(re.sub(r"(?m)^control_frequency_hz:.*", "control_frequency_hz: 5", path.read_text()))


def openvla(path: Path) -> None:
    """A tokenizer and the config of its model."""
    byte_level_bpe(path / "tokenizer.json")
    (path / "config.json").write_text(json.dumps({"vocab_size": 4096}))


def tars(path: Path) -> None:
    """Two tars as img2dataset writes them, with the columns of LAION."""
    path.mkdir()
    with webdataset.ShardWriter(f"{path}/%05d.tar", maxcount=10, verbose=0) as writer:
        for n in range(20):
            told = {"status": "success", "caption": f"caption {n}", "similarity": n / 20, "LANGUAGE": "en"}
            told |= {"clip": n / 20, "lang": "en", "questions": [{"q": f"What is {n}?", "a": ["a number"]}]}
            pictures = jpeg(n, 240, 320)
            writer.write({"__key__": f"{n:09d}", "jpg": pictures, "txt": f"caption {n}", "json": told})


def vqav2(path: Path) -> None:
    """Questions about two images, in the files that VQAv2 publishes."""
    asked = [{"image_id": 9 + n % 2, "question": f"How many of {n}?", "question_id": n} for n in range(5)]
    answers = [{"answer": "two", "answer_confidence": "yes", "answer_id": i} for i in range(1, 11)]
    given = [{**question, "answers": answers, "multiple_choice_answer": "two"} for question in asked]
    (path / "train2014").mkdir(parents=True)
    for name, content in (
        ("v2_OpenEnded_mscoco_train2014_questions.json", {"questions": asked}),
        ("v2_mscoco_train2014_annotations.json", {"annotations": given}),
    ):
        (path / name).write_text(json.dumps(content))
    for n in (9, 10):
        (path / "train2014" / f"COCO_train2014_{n:012d}.jpg").write_bytes(jpeg(n, 240, 320))


def converted_bridge(path: Path) -> None:
    options = ("--schema", "bridge_dataset", "--recipe", "rt2-pali-x", "--quiet")
    vladata("convert", "rlds2vla", "bridge_dataset/1.0.0", path, *options)


def converted_pairs(path: Path) -> None:
    options = ("--schema", "laion", "--recipe", "rt2-pali-x", "--quiet")
    vladata("convert", "web2vla", "laion/*.tar", path, *options)


def converted_questions(path: Path) -> None:
    options = ("--images", "vqav2", "--schema", "vqav2", "--recipe", "rt2-pali-x", "--quiet")
    vladata("convert", "web2vla", "vqav2/*.json", path, *options)


def demo(path: Path) -> None:
    """The output of `make demo`, of fewer episodes and pictures."""
    make_episodes.write(path / "rlds", count=10, seed=0)
    make_corpus.write(path / "web", count=30, seed=0)
    ours = ("--schema", "docs/demo/tabletop.yaml", "--recipe", "rt2-pali-x", "--quiet")
    vladata("convert", "rlds2vla", path / "rlds" / "tabletop" / "1.0.0", path / "vla", *ours)
    web = ("--schema", "docs/demo/blocks.yaml", "--recipe", "rt2-pali-x", "--quiet")
    vladata("convert", "web2vla", path / "web", path / "pairs", *web)
    vladata(
        "mix", path / "mix", "--mixture", "docs/demo/half-robot-half-web.yaml", "--materialize", "--quiet"
    )


def written(text: str | Callable[[], str]) -> Callable[[Path], object]:
    return lambda path: path.write_text(text if isinstance(text, str) else text())


LAYOUTS: dict[str, Callable[[Path], object]] = {
    "bridge_dataset/1.0.0": bridge,
    "cc3m": tars,
    "laion": tars,
    "signs": tars,
    "more": tars,
    "vqav2": vqav2,
    "out/bridge": converted_bridge,
    "out/cc3m": converted_pairs,
    "out/laion": converted_pairs,
    "out/vqav2": converted_questions,
    "out/demo": demo,
    "so100": write_lerobot,
    "libero_spatial": write_libero,
    "tokenizer": lambda path: sentencepiece_unigram(path / "tokenizer.model"),
    "qwen": lambda path: byte_level_bpe(path / "tokenizer.json", split_digits=True),
    "openvla-7b": openvla,
    "corrections.parquet": lambda path: vladata("annotations", "convert", "plans.jsonl", path),
    "plans.jsonl": written("".join(json.dumps(row) + "\n" for row in TABLE)),
    "embodied_features_bridge.json": written(json.dumps(ECOT)),
    "first-try.yaml": written(lambda: shown("training.md", "first-try")),
    "street_signs.yaml": written(lambda: shown("corpora.md", "street_signs")),
    "half-robot-half-web.yaml": written(lambda: shown("mixing.md", "half-robot-half-web")),
    "recipe.yaml": written("name: mine\nextends: rt2-pali-x\naction: {bins: 128}\n"),
    "schema.yaml": schema,
    "droid/1.0.0": droid,
    "oxe/bridge_dataset": converted_bridge,
    "lerobot.jsonl": written("".join(json.dumps(row) + "\n" for row in NUMBERED)),
    "keep.json": written(json.dumps({"train-00000-000000": [[0, 20]]})),
    "errata.json": written("{}"),
}


def make(name: str) -> None:
    """Write that layout in the working directory."""
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    LAYOUTS[name](Path(name))
