"""The trainer in this process, its files in a temporary folder."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from threadpoolctl import threadpool_limits

from service.train.layout import Columns
from service.train.ratings import Ratings
from service.train.reader import read
from service.train.source import Source

Reader = Callable[..., Ratings]


@pytest.fixture(scope="session", autouse=True)
def one_blas_thread() -> Iterator[None]:
    """Use one BLAS thread: `__main__` sets environment variables, which is too late here."""
    import implicit.cpu.als  # noqa: F401  Only a library that is loaded can be limited.

    with threadpool_limits(1, "blas"):
        yield


@pytest.fixture
def notes() -> list[str]:
    """Collect the messages of reading."""
    return []


@pytest.fixture
def read_text(tmp_path: Path, notes: list[str]) -> Reader:
    """Write a ratings file and read it; messages contain its bare name."""

    def reader(text: str | bytes, *, name: str = "ratings.csv", columns: Columns = Columns()) -> Ratings:  # noqa: B008
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return read(Source(path=path, name=name), columns, say=notes.append, update=notes.append)

    return reader
