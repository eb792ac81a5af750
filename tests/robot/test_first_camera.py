"""cameras: first takes the schema's first camera, whatever it is called, and calls its image primary."""

import pytest

import vladata
from tests.conversion import recipe
from tests.outcome import PLAIN, convert_plainly, plain
from vladata.cli.main import _run
from vladata.errors import UnknownName
from vladata.robot.picturing import cameras
from vladata.robot.rederive import rederive
from vladata.runs.verify import verify
from vladata.shards.storage import open_output
from vladata.spec import find
from vladata.spec.strict import FrozenDict

FIRST = recipe(cameras="first")


def wrist_only():
    return plain().model_copy(update={"cameras": FrozenDict({"wrist": "observation/image_1"})})


def shards(out):
    return {path.name: path.read_bytes() for path in sorted((out / "train").iterdir())}


def test_its_image_is_called_primary(clean, tmp_path):
    manifest = convert_plainly(clean, tmp_path / "out", spec=wrist_only(), recipe=FIRST)
    assert manifest["cameras"] == ["primary"]
    recorded = {e.id: e.steps["observation/image_1"] for e in vladata.episodes(clean)}
    for sample in vladata.open(tmp_path / "out"):
        image = recorded[sample.fields["episode"]][sample.fields["step"]]
        assert sample.images == {"primary": bytes(image)}
    output = open_output(str(tmp_path / "out"))
    assert [*verify(output), *rederive(output, str(clean))] == []


def test_where_the_first_is_called_primary_it_is_the_same_output(clean, tmp_path):
    convert_plainly(clean, tmp_path / "named")
    convert_plainly(clean, tmp_path / "first", recipe=FIRST)
    assert shards(tmp_path / "first") == shards(tmp_path / "named")


def test_a_first_camera_that_is_stored_as_bgr_is_made_anew(clean, tmp_path):
    spec = wrist_only().model_copy(update={"swap_channels": ("wrist",)})
    manifest = convert_plainly(clean, tmp_path / "out", spec=spec, recipe=FIRST)
    assert manifest["contract"]["images"]["made"]["quality"] == 95
    assert manifest["contract"]["images"]["made"]["swapped"] == ["primary"]
    output = open_output(str(tmp_path / "out"))
    assert [*verify(output), *rederive(output, str(clean))] == []


def test_an_output_of_another_first_camera_is_told_from_its_source(clean, tmp_path):
    convert_plainly(clean, tmp_path / "out", spec=wrist_only(), recipe=FIRST)
    primary = {s.key: s.images["primary"] for s in vladata.open(tmp_path / "out")}
    convert_plainly(clean, tmp_path / "other", recipe=FIRST)
    assert all(primary[s.key] != s.images["primary"] for s in vladata.open(tmp_path / "other"))


def test_every_shipped_schema_has_a_first_camera():
    for name in find.names("schema"):
        spec = find.schema(name)
        assert cameras(spec, FIRST) == {"primary": next(iter(spec.cameras))}


def test_the_error_names_what_to_write(clean, tmp_path):
    with pytest.raises(UnknownName) as caught:
        convert_plainly(clean, tmp_path / "out", spec=wrist_only())
    assert str(caught.value) == (
        'recipe rt2-pali-x, images.cameras, schema plain: there is no camera "primary".\n'
        "  Known: wrist. --cameras first (in a recipe, images: {cameras: first}) takes the schema's first camera"
        ", with any name, and calls its image primary."
    )


@pytest.mark.parametrize(
    ("asked", "images"),
    [("first", ["primary"]), ("all", ["wrist", "front"]), ("front, wrist", ["front", "wrist"])],
)
def test_the_option(asked, images, clean, tmp_path):
    schema = tmp_path / "schema.yaml"
    given = "{primary: observation/image_0, secondary: observation/image_1}"
    text = PLAIN.read_text()
    assert given in text
    schema.write_text(text.replace(given, "{wrist: observation/image_1, front: observation/image_0}"))
    options = ["--schema", str(schema), "--recipe", "rt2-pali-x", "--quiet"]
    assert _run(["convert", "rlds2vla", str(clean), str(tmp_path / "out"), *options, "--cameras", asked]) == 0
    assert vladata.open(tmp_path / "out").manifest.cameras == tuple(images)
    assert {tuple(sample.images) for sample in vladata.open(tmp_path / "out")} == {tuple(images)}


@pytest.mark.parametrize(
    ("asked", "says"), [("", "--cameras"), ("a,a", "a"), ("top", 'there is no camera "top"')]
)
def test_the_option_refuses_what_is_no_list_of_cameras(asked, says, clean, tmp_path, capsys):
    options = ["--schema", str(PLAIN), "--recipe", "rt2-pali-x", "--quiet"]
    assert _run(["convert", "rlds2vla", str(clean), str(tmp_path / "out"), *options, "--cameras", asked]) == 2
    said = capsys.readouterr().err
    assert says in said
    assert "Traceback" not in said
