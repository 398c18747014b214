"""A plan file of another format is left alone."""

import zipfile
from pathlib import Path

import pytest

from wrapper.terraform.rebase import write_rebased

# A number, a text, 64 and 32 bits: one field of each kind, beside the version of the format.
OTHERS = b"\x10\x96\x01" + b"\x1a\x02ab" + b"\x21" + bytes(8) + b"\x2d" + bytes(4)
VERSION = b"\x08\x03"
HERE, THERE = b"\x6a\x04here", b"\x6a\x05there"


def write(path: Path, plan: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("tfplan", plan)
        file.writestr("tfstate", b"{}")
    return path


def test_the_backend_alone_is_another(tmp_path: Path) -> None:
    """Whatever else is in the file stays; nobody else can read it."""
    copy, real = (
        write(tmp_path / name, VERSION + where + OTHERS) for name, where in (("a", HERE), ("b", THERE))
    )
    write_rebased(copy, onto=real, target=tmp_path / "c")
    with zipfile.ZipFile(tmp_path / "c") as file:
        assert file.read("tfplan") == VERSION + OTHERS + THERE
        assert file.read("tfstate") == b"{}"
    assert (tmp_path / "c").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (b"\x08\x04" + HERE, "format 3"),
        (VERSION + OTHERS, "one backend"),
        (VERSION + HERE + HERE, "one backend"),
        (VERSION + HERE + b"\x0b", "got 3"),
        (VERSION + HERE + b"\x10\x80", "must end"),
    ],
)
def test_another_format_is_refused(tmp_path: Path, plan: bytes, said: str) -> None:
    """Nothing is written then."""
    copy, real = write(tmp_path / "a", plan), write(tmp_path / "b", VERSION + THERE)
    with pytest.raises(ValueError, match=said):
        write_rebased(copy, onto=real, target=tmp_path / "c")
    assert not (tmp_path / "c").exists()
