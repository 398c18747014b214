"""Titles from MovieLens's files and from others."""

from pathlib import Path

import pytest

from service.train.errors import DataError
from service.train.layout import Columns
from service.train.source import Source
from service.train.titles import beside, read_titles


def titles(path: Path, content: bytes, columns: Columns | None = None) -> dict[str, str]:
    path.write_bytes(content)
    return read_titles(Source(path=path, name=path.name), columns or Columns())


def test_movies_csv(tmp_path: Path) -> None:
    """Latest's titles with commas are quoted."""
    content = b'movieId,title,genres\n1,Toy Story (1995),Comedy\n2,"American President, The (1995)",Drama\n'
    wanted = {"1": "Toy Story (1995)", "2": "American President, The (1995)"}
    assert titles(tmp_path / "movies.csv", content) == wanted


def test_u_item_is_latin_1(tmp_path: Path) -> None:
    """100k's titles contain accents in Latin-1."""
    line = "543|Misérables, Les (1995)|01-Jan-1995||http://x/?a,b|0|1\n".encode("latin-1")
    assert titles(tmp_path / "u.item", line) == {"543": "Misérables, Les (1995)"}


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8"])
def test_movies_dat_in_both_encodings(tmp_path: Path, encoding: str) -> None:
    """1M is in Latin-1, 10M in UTF-8."""
    content = "73::Misérables, Les (1995)::Drama|Musical\n".encode(encoding)
    assert titles(tmp_path / "movies.dat", content) == {"73": "Misérables, Les (1995)"}


def test_any_csv_with_a_title(tmp_path: Path) -> None:
    """The item's column has the same name as in the ratings."""
    content = b"title;sku\nTeapot;A-1\n"
    assert titles(tmp_path / "shop.csv", content, Columns(item="sku")) == {"A-1": "Teapot"}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("movies.csv", b"", "movies.csv:1: the first line must not be blank, got nothing."),
        (
            "movies.csv",
            b"movieId,name\n1,x\n",
            "movies.csv:1: the header must have a column 'title', got 'movieId, name'.",
        ),
        (
            "movies.csv",
            b"id,title\n1,x\n",
            "movies.csv:1: the header must have a column 'movieId', got 'id, title'."
            " --item-column NAME takes another.",
        ),
        ("movies.csv", b"movieId,title\n1,x\n2\n", "movies.csv:3: a row must have 2 fields, got 1."),
        ("movies.dat", b"1::x::y\n2::x\n", "movies.dat:2: a row must have 3 fields, got 2."),
        (
            "movies.csv",
            b"movieId,title\n1,\xff\n",
            "movies.csv:2: must be text in UTF-8, got: invalid start byte. Save it as UTF-8.",
        ),
    ],
)
def test_malformed_titles_are_told_by_line(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    """Titles are checked like ratings."""
    with pytest.raises(DataError) as caught:
        titles(tmp_path / name, content)
    assert str(caught.value) == message


def test_titles_lie_beside_the_ratings(tmp_path: Path) -> None:
    """The collection's own titles file is found beside the ratings; without one there are no titles."""
    assert beside(tmp_path / "u.data") is None
    (tmp_path / "u.item").touch()
    assert beside(tmp_path / "u.data") == tmp_path / "u.item"
