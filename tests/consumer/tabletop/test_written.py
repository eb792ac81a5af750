"""What is written, converted and loaded: the place that a sample names is where its picture shows the thing, bytes are equal."""

import json
import subprocess
import sys
import tarfile
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import vladata
from vladata.consumer.tabletop.episodes import write_episodes
from vladata.consumer.tabletop.scene import distance
from vladata.consumer.tabletop.suites import trial
from vladata.consumer.tabletop.tasks import SIDES, PushTo
from vladata.consumer.tabletop.web import record, write_web
from vladata.consumer.tabletop.words import COLOURS, GLYPHS, ONLY_ON_THE_WEB
from vladata.consumer.tabletop.write import main

WORLD = Path(str(files("vladata.consumer.tabletop")))
PLAIN = {word: plain for plain, words in ONLY_ON_THE_WEB.items() for word in (plain, *words)}
EPISODES = 16


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Demonstrations of every task, and 40 pictures of the web."""
    out = tmp_path_factory.mktemp("every")
    write_web(out / "web", 40, seed=3)
    write_episodes(out, EPISODES, seed=3, suite="every_task")
    return out


def converted(world, out, recipe):
    vladata.convert(
        world / "shapes" / "1.0.0",
        out,
        schema=str(WORLD / "robot.yaml"),
        recipe=str(WORLD / f"{recipe}.yaml"),
        annotations=str(world / "points.jsonl"),
    )
    return out


@pytest.fixture(scope="module")
def robot(world, tmp_path_factory):
    return converted(world, tmp_path_factory.mktemp("two") / "out", "two_queries")


@pytest.fixture(scope="module")
def web(world, tmp_path_factory):
    out = tmp_path_factory.mktemp("web") / "out"
    corpus, recipe = str(WORLD / "web.yaml"), str(WORLD / "two_queries.yaml")
    vladata.convert(str(world / "web"), out, corpus=corpus, recipe=recipe)
    return out


def test_another_process_writes_the_same_bytes(world, tmp_path):
    command = [sys.executable, "-m", "vladata.consumer.tabletop.write", str(tmp_path / "again")]
    options = ["--episodes", str(EPISODES), "--pictures", "40", "--seed", "3", "--suite", "every_task"]
    done = subprocess.run([*command, *options], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == f"{tmp_path / 'again'}: 16 episodes, 40 pictures"
    assert contents(tmp_path / "again") == contents(world)


def test_what_is_there_is_not_written_over(world, capsys):
    before = contents(world)
    with pytest.raises(SystemExit):
        main([str(world), "--episodes", "1"])
    assert "exists already; remove it first" in capsys.readouterr().err
    assert contents(world) == before


def test_the_place_of_a_sample_is_where_its_picture_shows_the_thing(robot):
    """The pixel there has the colour of the thing to reach, but where the tip covers it."""
    shown = covered = 0
    for batch in vladata.load(robot, batch_size=16, workers=1):
        assert batch["images"].dtype == np.uint8
        assert batch["images"].shape[1:] == (1, 1, 48, 48, 3)
        for n, (prompt, target) in enumerate(zip(batch["prompt"], batch["target"], strict=True)):
            if not prompt.startswith(("robot reach ", "robot move to ")):
                continue
            x, y = (int(each) / 255 for each in target.split())
            seen = batch["images"][n, 0, 0, int(y * 48), int(x * 48)] / 255
            is_shown = np.abs(seen - COLOURS[prompt.split()[-2]]).max() < 0.15
            shown, covered = shown + is_shown, covered + (not is_shown)
    assert shown > 8
    assert covered < shown


def test_places_of_two_stages_are_the_thing_and_then_where_it_is_wanted(world):
    rows = [json.loads(line) for line in (world / "points.jsonl").read_text().splitlines()]
    by_episode = {}
    for row in rows:
        by_episode.setdefault(int(row["episode_key"]), []).append(row)
    assert sorted(by_episode) == list(range(EPISODES))
    stages = set()
    for number, said in by_episode.items():
        played = trial("every_task", 3, number)
        assert said[0]["start"] == 0
        assert "stop" not in said[-1]
        for row, after in pairwise(said):
            assert row["stop"] == after["start"] > row["start"]
        stages.add(played.task.stages)
        x, y = (c / 48 for c in json.loads(said[0]["value"]))
        if played.task.stages == 1:
            assert len(said) == 1
        else:
            assert (x, y) == pytest.approx(played.scene.things[played.target].at, abs=1e-4)
            assert len(said) > 1
        if isinstance(played.task, PushTo):
            axis, wanted = SIDES[played.task.side]
            assert json.loads(said[-1]["value"])[axis] / 48 == pytest.approx(wanted, abs=1e-4)
    assert stages == {1, 2}


def test_one_query_says_the_place_and_then_the_action(world, tmp_path):
    """A sample for each step, the same picture behind both: "x y go terminate dx dy"."""
    samples = list(vladata.open(converted(world, tmp_path / "out", "one_query")))
    assert len({sample.key for sample in samples}) == len(samples) > 100
    for sample in samples:
        assert sample.prompt.startswith("robot at ")
        place, go, action = sample.target.partition(" go ")
        assert go
        assert [len(place.split()), len(action.split())] == [2, 3]
        assert all(0 <= int(word) <= 255 for word in (*place.split(), *action.split()))


def test_the_web_tells_the_truth(web):
    """Each place that an answer names has the colour of the thing that the question names."""
    looked = 0
    for batch in vladata.load(web, batch_size=16, workers=1, image_size=48):
        for n, (prompt, target) in enumerate(zip(batch["prompt"], batch["target"], strict=True)):
            words = [PLAIN.get(word) for word in prompt.split()]
            colour = next((word for word in words if word in COLOURS), None)
            solid = {"circle", "square", "triangle", "cross", "star"} & set(words)
            numbers = target.split()
            if colour is None or not solid or not (len(numbers) == 2 and all(map(str.isdigit, numbers))):
                continue
            x, y = (int(each) / 255 for each in numbers)
            seen = batch["images"][n, 0, 0, int(y * 48), int(x * 48)] / 255
            assert np.abs(seen - np.array(COLOURS[colour])).max() < 0.35, (prompt, target, seen)
            looked += 1
    assert looked > 20


def test_a_listing_names_everything_once(world):
    names = []
    for path in sorted((world / "web").glob("*.tar")):
        with tarfile.open(path) as tar:
            names += tar.getnames()
    assert len(names) == 80
    for number in range(40):
        _, words = record(3, number)
        listings = [each["a"] for each in words["asked"] if each["q"] == "list all"]
        assert len(listings) == 3
        said = listings[-1].split()
        assert len(said) % 5 == 0
        assert set(said[2::5]) == {"at"}
        things = [
            sorted(" ".join(each.split()[i : i + 5]) for i in range(0, len(said), 5)) for each in listings
        ]
        assert things[0] == things[1] == things[2]
        kinds = list(zip(said[::5], said[1::5], strict=True))
        assert len(set(kinds)) == len(kinds) <= 5
        assert all(colour in COLOURS and glyph in GLYPHS for colour, glyph in kinds)
        told = [word for word in words["caption"].split() if word in PLAIN]
        assert sorted(zip(told[::2], told[1::2], strict=True)) == sorted(kinds)
        places = list(zip(map(int, said[3::5]), map(int, said[4::5]), strict=True))
        pairs = [(one, other) for n, one in enumerate(places) for other in places[:n]]
        assert all(distance(one, other) / 255 > 0.24 for one, other in pairs)
