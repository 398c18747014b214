"""An environment's scripts contain its folder: in another folder it is created again."""

from pathlib import Path

import pytest

from wrapper.image.packages import Environments

pytestmark = pytest.mark.slow


def test_an_environment_that_was_moved_is_made_anew(tmp_path: Path) -> None:
    """This is so after a clone was moved; one that a link leads to stays, under either name."""
    made = tmp_path / "made"
    told: list[str] = []
    key, folder = Environments(made, progress=told.append).ensure([], tmp_path)
    (folder / "mine").touch()
    (tmp_path / "link").symlink_to(made)
    _, again = Environments(tmp_path / "link", progress=told.append).ensure([], tmp_path)
    assert again == folder
    assert (folder / "mine").exists()
    made.rename(tmp_path / "moved")
    other, elsewhere = Environments(tmp_path / "moved", progress=told.append).ensure([], tmp_path)
    assert other == key
    assert elsewhere.parent.name == "moved"
    assert not (elsewhere / "mine").exists()
    assert (elsewhere / "bin" / "python").exists()
