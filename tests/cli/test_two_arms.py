"""Two arms on the command line: what the doctor says of each gripper, what a draft and the lists say."""

import pytest

from tests.aloha import SCHEMA, write_aloha
from vladata.spec import find
from vladata.spec.dataset import DatasetSpec
from vladata.spec.read import validate


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("aloha")


@pytest.fixture(scope="module")
def schema(folder):
    (folder / "two_arms.yaml").write_text(SCHEMA)
    return folder / "two_arms.yaml"


@pytest.fixture(scope="module")
def right(folder):
    return write_aloha(folder / "right")


def of_grippers(said):
    return [finding for finding in said.json["findings"] if finding["kind"].startswith("gripper")]


def test_the_doctor_names_the_gripper_that_is_inverted(folder, schema, run):
    source = write_aloha(folder / "inverted", inverted=True)
    (found,) = of_grippers(run("doctor", source, "--schema", schema, "--json", "--images", 0))
    assert found["evidence"]["dimension"] == "right_gripper"
    assert found["says"] == (
        "right_gripper means the opposite of open_absolute: in 11 of 11 episodes in which the gripper changes, "
        "the first change of all opens it, though a hand that picks something closes first."
    )


@pytest.mark.parametrize("chain", ["recorded", "changes"])
def test_the_doctor_finds_nothing_in_grippers_that_are_right(chain, schema, right, run):
    said = run("doctor", right, "--schema", schema, "--chain", chain, "--json", "--images", 0)
    assert of_grippers(said) == []


def test_a_draft_of_it_is_two_arms(schema, right, run):
    said = run("schemas", "infer", right)
    drafted, declared = validate(DatasetSpec, said.out, "the draft"), find.schema(str(schema))
    assert drafted.chain().names == declared.chain().names
    assert drafted.chain().grippers == declared.chain().grippers
    assert drafted.state.names == declared.state.names


def test_statistics_take_each_gripper_by_its_convention(schema, right, run):
    said = run("stats", right, "--schema", schema, "--chain", "changes")
    assert said.code == 0
    assert "gripper" not in "".join(line for line in said.out.splitlines() if "bounds" in line)


def test_the_list_of_schemas_names_both(run):
    said = run("schemas", "list", "aloha_mobile", "--json")
    (row,) = said.json["schemas"]
    told = str(row)
    assert "left_gripper" in told
    assert "right_gripper" in told
