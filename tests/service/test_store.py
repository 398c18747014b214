"""Models on this machine's disk."""

import hashlib
import os
import shutil
from pathlib import Path

import pytest

from service.artifact_format import FileEntry
from service.errors import ArtifactError, MissingError, SettingsError, StoreError
from service.loading import POINTER, load
from service.settings import StoreSettings
from service.store import FileStore, open_store

SETTINGS = StoreSettings()


@pytest.fixture
def copy(artifact: Path, tmp_path: Path) -> Path:
    return shutil.copytree(artifact, tmp_path / "copy")


@pytest.mark.parametrize("prefix", ["", "file://"])
def test_folder_is_opened_by_path_and_by_uri(artifact: Path, prefix: str) -> None:
    """A plain path and a file:// URI name the same model."""
    assert load(open_store(f"{prefix}{artifact}", SETTINGS)).label == "test/1"


def test_escapes_of_a_uri_are_undone(artifact: Path, tmp_path: Path) -> None:
    """file:///a%20b is the folder "a b"."""
    shutil.copytree(artifact, tmp_path / "a b")
    assert load(open_store(f"file://{tmp_path}/a%20b", SETTINGS)).label == "test/1"


def test_scheme_that_is_none_of_ours_is_refused() -> None:
    """The message lists the known schemes."""
    with pytest.raises(
        SettingsError, match="must be s3://bucket/prefix, file:///folder or a path, got 'gs://x/y'"
    ):
        open_store("gs://x/y", SETTINGS)


def test_folder_without_a_manifest_is_no_model(copy: Path) -> None:
    """The manifest is written last: without it the other files do not count."""
    (copy / "manifest.json").unlink()
    with pytest.raises(MissingError, match=r"manifest.json must be a readable file: No such file"):
        load(FileStore(copy))


def test_file_that_is_missing_is_named(copy: Path) -> None:
    """The message names the listed file."""
    (copy / "top_items.npy").unlink()
    with pytest.raises(MissingError, match=r"top_items.npy must be a readable file"):
        load(FileStore(copy))


def test_folder_in_a_files_place_is_refused(copy: Path) -> None:
    """The file system's own error is in the message."""
    (copy / "manifest.json").unlink()
    (copy / "manifest.json").mkdir()
    with pytest.raises(StoreError, match=r"manifest.json could not be read: Is a directory"):
        load(FileStore(copy))


def test_pipe_in_a_files_place_is_refused(copy: Path) -> None:
    """A pipe blocks its reader until somebody writes."""
    (copy / "manifest.json").unlink()
    os.mkfifo(copy / "manifest.json")
    with pytest.raises(MissingError, match=r"manifest.json must be a readable file, got a pipe"):
        load(FileStore(copy))


@pytest.mark.parametrize("name", ["manifest.json", POINTER])
def test_small_object_that_is_large_is_not_read(copy: Path, name: str) -> None:
    """A pointer of a gigabyte would need a gigabyte of memory."""
    with (copy / name).open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(
        ArtifactError, match=rf"{name} must be at most 1,048,576 bytes long, got 1,099,511,627,776"
    ):
        FileStore(copy).read(name)


def test_flipped_bit_is_found(copy: Path) -> None:
    """Every served byte is covered by a sha256."""
    with (copy / "answers.npy").open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"\x01")
    with pytest.raises(ArtifactError, match=r"answers.npy must have the sha256 [0-9a-f]{64}, got"):
        load(FileStore(copy))


def test_file_that_was_cut_is_found(copy: Path) -> None:
    """A wrong size is reported before anything is hashed."""
    content = (copy / "top_scores.npy").read_bytes()
    (copy / "top_scores.npy").write_bytes(content[:-1])
    with pytest.raises(ArtifactError, match=rf"top_scores.npy must be {len(content)} bytes long"):
        load(FileStore(copy))


def test_another_manifest_than_the_pinned_one_is_refused(copy: Path) -> None:
    """A deployment pins the manifest's sha256, so its model cannot change."""
    with pytest.raises(ArtifactError, match=r"manifest.json must have the sha256 0{64}, got"):
        load(FileStore(copy), sha256="0" * 64)


def test_user_factors_are_not_needed(copy: Path) -> None:
    """Only trainers need them; a server works without."""
    (copy / "user_factors.npy").unlink()
    assert load(FileStore(copy)).body(b"1", 10) is not None


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="only Linux tells what a mapping holds")
def test_a_verified_file_takes_no_memory_until_it_is_asked(tmp_path: Path) -> None:
    """Hashing reads every page, but those pages must not count as the process's memory afterwards."""
    content = os.urandom(8 << 20)
    (tmp_path / "big").write_bytes(content)
    entry = FileEntry(bytes=len(content), sha256=hashlib.sha256(content).hexdigest())
    mapped = open_store(str(tmp_path), StoreSettings()).fetch("", {"big": entry})["big"]
    smaps = Path("/proc/self/smaps").read_text()
    resident = smaps.split(str(tmp_path / "big"))[1].split("Rss:")[1].split()[0]
    assert int(resident) < 1024
    assert mapped[:16] == content[:16]
