import pytest

from vladata.errors import MissingFile, SourceError, SpecError, UnknownName
from vladata.spec.find import names, recipe, schema

MINIMAL = 'name: mine\ntasks: {action: {prompt: "{instruction}"}}\naction: {codec: rt2, bounds: rt1}\nimages: {cameras: all}\n'


def test_names_that_ship():
    assert {"bridge_dataset", "fractal20220817_data", "language_table"} <= set(names("schema"))
    assert "rt2-pali-x" in names("recipe")
    assert list(names("schema")) == sorted(names("schema"))


def test_an_unknown_kind():
    with pytest.raises(UnknownName, match='there is no kind of spec "mixtures"'):
        names("mixtures")


def test_an_unknown_name_offers_the_nearest():
    with pytest.raises(
        UnknownName, match=r'there is no schema "bridge_datset"\.\n  Did you mean "bridge_dataset"\?'
    ):
        schema("bridge_datset")
    with pytest.raises(UnknownName, match=r'there is no recipe "rt2"'):
        recipe("rt2")


def test_a_path_is_read(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(MINIMAL)
    assert recipe(str(path)).name == "mine"
    path.write_bytes(
        b"\xef\xbb\xbf" + MINIMAL.replace("\n", "\r\n").encode()
    )  # as some editors on Windows save it
    assert recipe(str(path)).name == "mine"


def test_a_path_needs_no_folder(tmp_path, monkeypatch):
    (tmp_path / "mine.yaml").write_text(MINIMAL)
    monkeypatch.chdir(tmp_path)
    assert recipe("mine.yaml") == recipe("./mine.yaml")


def test_a_name_is_never_a_file(tmp_path, monkeypatch):
    (tmp_path / "mine").write_text(MINIMAL)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UnknownName, match='there is no recipe "mine"'):
        recipe("mine")


def test_a_path_that_is_not_there(tmp_path):
    with pytest.raises(
        MissingFile, match=r"mine.yaml: there is no schema file at this path\.\n  .*`vladata schemas list`"
    ):
        schema(str(tmp_path / "mine.yaml"))


@pytest.mark.parametrize(("alias", "name"), [("bridge_orig", "bridge_dataset"), ("droid_100", "droid")])
def test_another_name_of_a_dataset(alias, name):
    assert schema(alias) == schema(name)


def test_a_part_of_another_name_is_no_name():
    with pytest.raises(UnknownName, match='there is no schema "bridge_ori"'):
        schema("bridge_ori")


def test_a_path_that_is_a_folder(tmp_path):
    with pytest.raises(SourceError, match="a schema is a YAML file, and this is a folder"):
        schema(f"{tmp_path}/")


def test_a_file_that_is_not_utf8(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_bytes(b"name: mine\nrobot: \xff\n")
    with pytest.raises(SpecError, match=r"line 2 +is not UTF-8"):
        schema(str(path))


def test_problems_name_the_path_as_it_was_given(tmp_path, monkeypatch):
    (tmp_path / "mine.yaml").write_text(MINIMAL.replace("rt2", "rt3"))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        SpecError, match=r"^\./mine\.yaml: 1 problem\n  line 3    action\.codec  got \"rt3\"; did you mean"
    ):
        recipe("./mine.yaml")
