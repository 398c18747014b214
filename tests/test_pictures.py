"""The pictures in docs/pictures show the current code."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.pictures import seen
from tests.pictures.canvas import Canvas, lines
from tests.pictures.drawn import FOLDER, RECORDING, STATES, WIDTH, layers, pictures, purpose, steps, targets
from tests.pictures.samples import PAGES, SAMPLES, current, named
from wrapper import errors

ROOT = Path(__file__).resolve().parents[1]
DRAWN = pictures()
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("name", sorted(DRAWN))
def test_a_picture_is_current(name: str) -> None:
    """If this fails, run python -m tests.pictures."""
    assert (FOLDER / name).read_text("utf-8") == DRAWN[name]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_samples_are_what_is_printed_today(page: Path) -> None:
    """If this fails, run python -m tests.pictures, and check whether the text around them still fits."""
    text = page.read_text("utf-8")
    assert current(text) == text


def test_every_sample_is_shown() -> None:
    """Each is at exactly one place."""
    shown = [name for page in PAGES for name in named(page.read_text("utf-8"))]
    assert sorted(shown) == sorted(SAMPLES)


def test_the_pages_picture_is_current() -> None:
    """If this fails, run python -m tests.browser.screenshot."""
    taken = (ROOT / "docs" / "plan-review.png").read_bytes()
    assert seen.signature(taken) == seen.page_hash()


def test_a_picture_says_which_page_it_shows() -> None:
    """A picture of another page, or without this mark, fails the test above."""
    empty = b"\x89PNG\r\n\x1a\n" + bytes(4) + b"IEND" + b"\xaeB`\x82"
    assert seen.signature(empty) == ""
    assert seen.signature(seen.signed(empty)) == seen.page_hash()
    assert seen.signed(empty).endswith(empty[8:])


def test_the_recording_loads_nothing() -> None:
    """It has no font and no picture from elsewhere, and the terminal's own lines."""
    told = DRAWN[RECORDING]
    assert "url(http" not in told
    assert "nothing&#160;blocks." in told
    text = "".join(ElementTree.fromstring(told).itertext()).replace("\xa0", " ")
    assert "Roll-out" in text
    assert "1024" in text


def test_every_picture_is_made() -> None:
    """The folder contains only files that the command writes, and a page shows each."""
    shown = {
        name
        for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
        for name in re.findall(r"!\[[^\]]+\]\((?:docs/)?pictures/([\w.]+)\)", page.read_text("utf-8"))
    }
    assert {path.name for path in FOLDER.iterdir()} == set(DRAWN) == shown


def test_pictures_show_what_the_code_has() -> None:
    """They show every step, folder, target and exit code of an apply."""
    assert [name for name, _, _ in steps()][:2] == ["verify", "lock"]
    assert all(f">{name}<" in DRAWN["flow.svg"] for name, _, _ in steps())
    assert all(f">{name}<" in DRAWN["folders.svg"] for row in layers() for name in row)
    assert all(purpose(f"wrapper.{name}").endswith(".") for row in layers() for name in row)
    assert set(targets()) == {"sandbox", "aws"}
    drawn = {end for _, ends, _ in STATES for end in ends}
    others = {errors.LeftoverError, errors.MovedError, errors.NotJudgedError, errors.RehearsalError}
    assert drawn | others == set(errors.WrapperError.__subclasses__())


@pytest.mark.parametrize("name", sorted(DRAWN.keys() - {RECORDING}))
def test_words_stay_in_the_picture(name: str) -> None:
    """No text crosses the right edge, for the assumed width of letters."""
    for text in ElementTree.fromstring(DRAWN[name]).iter(f"{SVG}text"):
        assert text.text
        assert float(text.attrib["x"]) + 6.9 * len(text.text) <= WIDTH + 20, text.text


def test_a_box_grows_with_its_words() -> None:
    """Text wraps between words, and brackets in it are no markup."""
    canvas = Canvas(WIDTH, "a <b>")
    assert canvas.box(0, 0, 100, "short", "some words that need several lines") > canvas.box(
        0, 0, 100, "short"
    )
    assert lines("one unbreakable-word", 10) == ["one", "unbreakable-word"]
    assert "<title>a &lt;b&gt;</title>" in canvas.svg()
