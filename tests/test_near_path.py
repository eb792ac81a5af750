"""Hints for paths that do not exist."""

import pytest

from vladata.near_path import way_to


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("bridge/1.0.1", "Did you mean HERE/bridge/1.0.0?"),
        ("Bridge/1.0.0", "Did you mean HERE/bridge/1.0.0?"),
        ("brigde/2.0.0", "Did you mean HERE/bridge?"),
        ("zzz/1.0.0", 'The folder HERE exists, but has no "zzz"; it holds a, b, bridge, c, d and 1 more.'),
        ("bridge/1.0.0/zzz", 'The folder HERE/bridge/1.0.0 exists, but has no "zzz"; it holds nothing.'),
    ],
)
def test_a_way(tmp_path, path, hint):
    (tmp_path / "bridge" / "1.0.0").mkdir(parents=True)
    for name in "abcde":
        (tmp_path / name).touch()
    (tmp_path / ".hidden").touch()
    assert way_to(f"{tmp_path}/{path}").replace(str(tmp_path), "HERE") == hint
