"""A robot dataset and the output of its conversion are apart."""

import pytest

from tests.files import snapshot
from tests.outcome import plainly
from vladata.errors import OutputExists, UsageError
from vladata.robot.run import begin


@pytest.mark.parametrize(
    ("out", "says"),
    [
        ("", "the output is the source itself"),
        ("/vla", "the output lies in a source"),
        ("/..", "a source lies in the output"),
    ],
)
def test_an_output_is_not_where_its_source_is(clean, out, says):
    before = snapshot(clean.parent)
    with pytest.raises(UsageError, match=says):
        begin(plainly(clean, f"{clean}{out}"), overwrite=True)
    with pytest.raises(UsageError, match=says):  # the folder above the version is the same dataset
        begin(plainly(clean.parent, f"{clean}{out}"), overwrite=True)
    assert snapshot(clean.parent) == before


def test_an_output_beside_the_version_folder(clean):
    with begin(plainly(clean.parent, clean.parent / "vla")) as run:
        assert run.units == [0]


def test_source_and_output_exchanged(clean, tmp_path):
    with pytest.raises(OutputExists, match="This one holds a TFDS dataset: are the source and OUT exchanged"):
        begin(plainly(tmp_path / "new", clean))
