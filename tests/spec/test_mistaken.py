"""A name or file of another kind than the one that is wanted."""

import pytest

from vladata.errors import MissingFile, SpecError, UnknownName, UsageError
from vladata.spec import find

WEB = "give it to `vladata convert web2vla --schema`"
OTHERS = {
    "layout: webdataset\npairs: []\n": f"is not a schema of a robot dataset, but a schema of a web corpus: {WEB}",
    "weights: shares\nsources: {}\n": "is not a schema of a robot dataset, but a mixture: give it to `vladata mix --mixture`",
    "protocol: openpi\ncameras: {}\n": "is not a schema of a robot dataset, but the keys of a robot: give them to ",
    "image_obs_keys: {primary: image}\n": "is not a schema of a robot dataset, but a dataset config of Octo or OpenVLA\n  `",
    '{"codebase_version": "v3.0"}': "is not a schema of a robot dataset, but info.json of a LeRobot dataset",
}


@pytest.mark.parametrize(("text", "says"), OTHERS.items())
def test_a_file_of_another_kind(tmp_path, text, says):
    file = tmp_path / "mine.yaml"
    file.write_text(text)
    with pytest.raises(SpecError) as caught:
        find.schema(str(file))
    assert says in str(caught.value)
    assert len(caught.value.problems) == 1


def test_a_recipe_that_extends_another_needs_no_keys_of_a_recipe(tmp_path):
    (tmp_path / "mine.yaml").write_text("name: mine\nextends: rt1\n")
    assert find.recipe(f"{tmp_path}/mine.yaml").name == "mine"


@pytest.mark.parametrize(
    ("kind", "name", "says"),
    [
        (find.schema, "cc3m", f'"cc3m" is a schema of a web corpus: {WEB}.'),
        (find.recipe, "bridge_dataset", "`vladata convert rlds2vla --schema`."),
        (
            find.schema,
            "rt2-pali-x",
            "is a recipe: give it to `vladata convert --recipe`; and a mixture: give it to",
        ),
        (find.mixture, "mine", "A file of this name is here; a file is named with its path: ./mine.yaml"),
        (find.mixture, "mine.yml", "A file of this name is here; a file is named with its path: ./mine.yml"),
    ],
)
def test_a_name_of_another_kind(tmp_path, monkeypatch, kind, name, says):
    monkeypatch.chdir(tmp_path)
    for file in ("mine.yaml", "mine.yml"):
        (tmp_path / file).touch()
    with pytest.raises(UnknownName) as caught:
        kind(name)
    assert says in str(caught.value)


def test_the_path_of_a_file_that_is_not_there(tmp_path):
    (tmp_path / "tabletop.yaml").touch()
    with pytest.raises(MissingFile, match=f"Did you mean {tmp_path}/tabletop.yaml\\?"):
        find.schema(f"{tmp_path}/table_top.yaml")
    with pytest.raises(MissingFile, match="write its name alone: bridge_dataset"):
        find.schema(f"{tmp_path}/bridge_dataset.yaml")


def test_a_spec_is_named_by_text():
    with pytest.raises(UsageError, match="a schema is named by text; got 5; allowed: a name or a path"):
        find.schema(5)


def test_a_list_of_known_keys_is_spelled_once(tmp_path):
    (tmp_path / "mine.yaml").write_text("zzz: 1\nyyy: 2\n")
    with pytest.raises(SpecError) as caught:
        find.schema(f"{tmp_path}/mine.yaml")
    assert [p.says[:19] for p in caught.value.problems if p.path in ("zzz", "yyy")] == [
        "unknown key; known:",
        "unknown key, too",
    ]


def test_utf_16_is_named(tmp_path):
    (tmp_path / "mine.yaml").write_bytes("name: x".encode("utf-16"))
    with pytest.raises(SpecError, match="is not UTF-8 but UTF-16: save it as UTF-8"):
        find.schema(f"{tmp_path}/mine.yaml")
