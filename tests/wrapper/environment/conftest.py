"""A clone of its own for every test that changes environment files."""

from pathlib import Path

import pytest

from tests.wrapper.environment.clone import Clone


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    clone = Clone(tmp_path)
    clone.environments.mkdir()
    (tmp_path / "Dockerfile").write_text("FROM scratch AS serve\n")
    (tmp_path / "ratings.csv").write_text("userId,movieId,rating,timestamp\n1,1,4.0,0\n")
    clone.write({})
    return clone
