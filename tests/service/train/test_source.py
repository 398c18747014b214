"""Files that cannot be read at all."""

from pathlib import Path

import pytest

from service.train.errors import DataError
from service.train.source import Source


def test_missing_file_is_told(tmp_path: Path) -> None:
    """The message has line 0, which means the whole file."""
    source = Source(path=tmp_path / "none.csv", name="none.csv")
    with pytest.raises(DataError, match=r"^none.csv:0: must be a readable file, got: No such file"):
        source.first_line()


def test_folder_is_told(tmp_path: Path) -> None:
    """A folder in place of a file gives the same kind of message."""
    with pytest.raises(DataError, match=r"^data:0: must be a readable file, got: Is a directory"):
        Source(path=tmp_path, name="data").first_line()
