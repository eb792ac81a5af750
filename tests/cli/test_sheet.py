"""Contact sheets: what is drawn, for whom, and that no text is cut without a sign."""

import numpy as np
import pytest
from PIL import Image

import vladata
from tests.conversion import convert, recipe
from tests.mix.made import converted, mix, mixture, virtual
from tests.web.made import shards
from vladata.cli import sheet
from vladata.cli.inspecting import cells_of, positions_of, read
from vladata.spec import find


@pytest.fixture(scope="module")
def made(clean, tmp_path_factory):
    """A robot with four cameras, a corpus of captions, and their mixture, virtual and materialised."""
    folder = tmp_path_factory.mktemp("sheets")
    convert(clean, folder / "robot", recipe=recipe(cameras="all"))
    converted(find.corpus("cc3m"), [shards(folder / "in", 20)], folder / "web")
    spec = mixture({"robot": 1, "web": {"weight": 3}}, window=16, epoch=40)
    places = {"robot": folder / "robot", "web": folder / "web"}
    mix(spec, folder / "mix", places)
    virtual(spec, folder / "virtual", places)
    return folder


def blocks(path, side=100):
    """Of the first cell the four quarters of its place, uint8 [4, side * side, 3]."""
    pixels = np.asarray(Image.open(path))[12:212, 12:212]
    return [pixels[y : y + side, x : x + side].reshape(-1, 3) for y in (0, side) for x in (0, side)]


def test_all_cameras_are_drawn(made, tmp_path, run):
    assert run("inspect", made / "robot", "--sheet", tmp_path / "a.png").code == 0
    quarters = blocks(tmp_path / "a.png")
    assert all(len(np.unique(quarter, axis=0)) > 100 for quarter in quarters)
    assert len({quarter.tobytes() for quarter in quarters}) == 4


@pytest.mark.parametrize("name", ["mix", "virtual"])
def test_of_a_mixture_one_window_with_the_sources_names(name, made, tmp_path, run):
    said = run("inspect", made / name, "--sheet", tmp_path / "a.png")
    assert said.err == f"Contact sheet: {tmp_path}/a.png, the first 16 samples of a window, in their order\n"
    with Image.open(tmp_path / "a.png") as drawn:
        assert drawn.size == (12 + 8 * 212, 12 + 2 * (212 + sheet.TEXT))
    dataset = vladata.open(made / name)
    cells, _, _ = cells_of(dataset, range(len(dataset)), False, "")
    assert sorted(cell.heading for cell in cells) == ["robot, action"] * 4 + ["web, caption"] * 12
    assert [cell.sample.key for cell in cells] == [dataset[i].key for i in range(16)]
    assert all((cell.sample.contract != "") == cell.heading.startswith("robot") for cell in cells)


@pytest.mark.parametrize("name", ["mix", "virtual"])
def test_a_chosen_task_source_and_episode(name, made, tmp_path, run):
    dataset = vladata.open(made / name)
    for chosen in (positions_of(dataset, "caption", "", ""), positions_of(dataset, "", "web", "")):
        assert len(chosen) == 30
        assert {sample.task for sample in read(dataset, chosen.tolist())} == {"caption"}
    episode = read(dataset, positions_of(dataset, "action", "robot", "").tolist())[0].episode
    frames = read(dataset, positions_of(dataset, "", "robot", episode).tolist())
    assert {frame.episode for frame in frames} == {episode}
    assert [frame.step for frame in frames] == sorted(frame.step for frame in frames)
    asked = ("inspect", made / name, "--sheet", tmp_path / "a.png", "--json")
    assert {shown["task"] for shown in run(*asked, "--task", "caption").json["shown"]} == {"caption"}
    assert {shown["task"] for shown in run(*asked, "--source", "robot").json["shown"]} == {"action"}


def test_an_episode_is_a_strip_of_frames(made, tmp_path, run):
    dataset = vladata.open(made / "robot")
    episode = dataset[0].episode
    said = run("inspect", made / "robot", "--sheet", tmp_path / "a.png", "--episode", episode)
    assert said.err == f"Contact sheet: {tmp_path}/a.png, 4 of 4 samples of {episode}, by their steps\n"
    cells, columns, _ = cells_of(dataset, positions_of(dataset, "", "", episode), False, episode)
    assert [cell.heading for cell in cells] == [f"step {n}, action" for n in (1, 2, 3, 4)]
    assert columns == 8


@pytest.mark.parametrize(
    ("output", "options", "says"),
    [
        (
            "robot",
            ["--task", "acton"],
            "--task: the output has no such task; got 'acton'.\n  Did you mean \"action\"?",
        ),
        ("robot", ["--source", "web"], "--source: only a mixture has sources; got 'web'."),
        (
            "mix",
            ["--source", "wbe"],
            "--source: the output has no such source; got 'wbe'.\n  Did you mean \"web\"?",
        ),
        ("virtual", ["--episode", "x"], "--episode: the output has no such episode; got 'x'.\n  Such as "),
    ],
)
def test_what_the_output_does_not_have(output, options, says, made, run):
    said = run("inspect", made / output, *options)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith(f"UsageError: {says}")


@pytest.mark.parametrize(
    "text",
    ["", "short", "A caption of words. " * 3, "word " * 100, "unbroken" * 60, "W" * 400, "1 128 91 " * 20],
)
def test_a_text_fits_its_place_and_is_whole_or_ends_in_a_sign(text):
    lines = sheet.wrapped(text, 5)
    assert len(lines) <= 5
    assert all(sheet._font().getlength(line) <= sheet.SIDE for line in lines)
    whole = "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert whole or lines[-1].endswith("...")
    assert whole or len(" ".join(text.split())) > 60


def test_of_a_caption_the_prompt_is_shown(made, monkeypatch):
    dataset, written = vladata.open(made / "web"), []
    monkeypatch.setattr(sheet, "wrapped", lambda text, lines: written.append(text) or [])
    sheet.draw([sheet.Cell(dataset[0])], "/dev/null")
    assert written == ["caption", dataset[0].prompt, f"> {dataset[0].target}"]
    assert dataset[0].prompt
