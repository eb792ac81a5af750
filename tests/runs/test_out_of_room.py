"""Outputs that cannot be written: a full disk, a file in the way, a folder that nobody may write into."""

import os
import subprocess

import pytest

from tests.conversion import recipe
from tests.outcome import convert_plainly, plainly
from vladata.errors import OutputError
from vladata.robot.run import begin
from vladata.runs.verify import verify
from vladata.shards.storage import open_output


@pytest.fixture
def mount(tmp_path):
    """A file system of its own on a folder; `grow` gives it more room."""
    folder = tmp_path / "disk"
    folder.mkdir()

    def run(options):
        return subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder],
            capture_output=True,
            text=True,
            check=False,
        )

    if os.geteuid() != 0:
        pytest.skip("only root can mount a small file system")
    done = run("size=160k")
    if done.returncode:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    yield folder, lambda size: run(f"remount,size={size}")
    subprocess.run(["umount", folder], check=True)


def test_a_full_disk_and_then_more_room(mount, clean, tmp_path):
    folder, grow = mount
    # 20 samples of 12 kB, and room for about half of them
    settings = plainly(clean, folder / "out", samples_per_shard=4, recipe=recipe(size=256), memory=1)
    with pytest.raises(OutputError) as caught, begin(settings) as run:
        run.convert_here()
    file, _, says = str(caught.value).partition(": ")
    assert file.startswith(f"{folder}/out/")
    assert says == (
        "cannot write: No space left on device.\n"
        "  Make room or choose another folder; the same command goes on from here."
    )
    assert not (folder / "out" / "manifest.json").exists()
    assert grow("4m").returncode == 0
    with begin(settings) as run:
        assert 0 < len(run.units) < 4  # what was done on the full disk is not done again
        run.convert_here()
        run.commit()
    assert list(verify(open_output(str(folder / "out")))) == []
    convert_plainly(clean, tmp_path / "undisturbed", samples_per_shard=4, recipe=recipe(size=256), memory=1)
    for path in (tmp_path / "undisturbed").rglob("*"):
        if path.is_file():
            assert (
                folder / "out" / path.relative_to(tmp_path / "undisturbed")
            ).read_bytes() == path.read_bytes()


def test_a_cache_without_room(mount, clean, tmp_path, monkeypatch):
    folder, _ = mount
    monkeypatch.setenv("VLADATA_CACHE", str(folder / "cache"))
    (folder / "ballast").write_bytes(bytes(152 * 1024))
    with pytest.raises(
        OutputError, match=r"cache/index/bridge_dataset-.*: cannot write: No space left on device"
    ):
        convert_plainly(clean, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_file_in_place_of_the_folder(clean, tmp_path):
    (tmp_path / "out").write_text("mine")
    for out in (tmp_path / "out", tmp_path / "out" / "deeper"):
        with pytest.raises(OutputError) as caught:
            convert_plainly(clean, out)
        assert str(caught.value) == (
            f"{tmp_path / 'out'}: cannot write: a file has the name of this folder.\n  Name a new or empty folder."
        )
    assert (tmp_path / "out").read_text() == "mine"


@pytest.mark.skipif(
    not os.path.isdir("/proc/self"), reason="needs a folder that not even root may write into"
)
def test_a_folder_that_nobody_may_write_into(clean):
    with pytest.raises(OutputError, match=r"^/proc/self/out/\.vladata/lock: cannot write: "):
        convert_plainly(clean, "/proc/self/out")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_is_read_only(clean, tmp_path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(OutputError, match="cannot write: Permission denied"):
            convert_plainly(clean, tmp_path / "out")
    finally:
        tmp_path.chmod(0o700)


def test_a_cache_that_is_a_file(clean, tmp_path, monkeypatch):
    (tmp_path / "cache").write_text("mine")
    monkeypatch.setenv("VLADATA_CACHE", str(tmp_path / "cache"))
    with pytest.raises(OutputError, match=r"(?s)/cache: the index cannot be written .*VLADATA_CACHE"):
        convert_plainly(clean, tmp_path / "out")
    assert not (tmp_path / "out").exists()
