"""An environment's scripts name the place that it was made in: elsewhere it is made anew."""

from pathlib import Path

import pytest

from wrapper.image.packages import Environments

pytestmark = pytest.mark.slow


def test_an_environment_that_was_moved_is_made_anew(tmp_path: Path) -> None:
    """As with a clone that was; one that a link leads to stays, by whichever name it is called."""
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
