"""Every command's text at 40, 80 and 120 columns of a pseudo-terminal, and in a pipe."""

import re

import pytest

from tests.wrapper.terminal.pseudo import ANSI, WIDTHS, as_shown, printed
from tests.wrapper.terminal.shown import COMMANDS, GOLDEN

# A long word is alone on its line, except for a sign, an amount or the name of a fact before it.
LEAD = 20
TERMINALS = [width for width in WIDTHS.values() if width]


def words(text: str) -> list[str]:
    """Return the words, without the signs that begin a comment's line."""
    return [word for word in text.split() if word != "#"]


@pytest.mark.parametrize("name", WIDTHS)
def test_the_text_is_the_golden_one(name: str) -> None:
    """If this fails, run python -m tests.wrapper.terminal.shown --write, and read the difference."""
    assert as_shown(name) == (GOLDEN / f"{name}.txt").read_text("utf-8")


@pytest.mark.parametrize("width", TERMINALS)
def test_words_stay_whole(width: int) -> None:
    """A line is at most as wide as the terminal, unless it is one long word; no word is cut."""
    told = ANSI.sub("", printed(width))
    for line in told.splitlines():
        before, _, last = line.rpartition(" ")
        assert len(line) <= width or (len(last) > width - LEAD and len(before.strip()) < LEAD), line
    known = set(words(ANSI.sub("", printed(None))))
    of_tables = {"Not", "shown", "columns:", "--json", "has", "all.", "in", str(width)}
    unknown = {
        word for word in words(told) if word not in known | of_tables and not word.endswith((",", ";"))
    }
    assert unknown == set()


@pytest.mark.parametrize("width", TERMINALS)
def test_a_number_stays_with_its_unit(width: int) -> None:
    """`6 min 50 s` is folded only between its two parts."""
    told = ANSI.sub("", printed(width))
    assert re.findall(r".*\d\n *(?:ms|s|min|h|GB|USD|%)(?!\w).*", told) == []


@pytest.mark.parametrize("width", TERMINALS)
def test_what_is_folded_goes_on_further_right(width: int) -> None:
    """A second line of a fact or of a risk begins below the first one's text."""
    told = ANSI.sub("", printed(width))
    answer = told[told.index("Answer") :].splitlines()
    assert answer[1].startswith(" " * 10)
    lines = told.splitlines()
    risk = next(number for number, line in enumerate(lines) if "larger-size" in line)
    folded = [line for line in lines[risk + 1 : risk + 5] if not line.lstrip().startswith("module.")]
    assert all(line.startswith(" " * 9) for line in folded[:1])


def test_a_pipe_gets_every_column_unfolded_and_plain() -> None:
    """Each cell is complete, however wide, so that a script can read it."""
    told = printed(None)
    assert "\x1b" not in told
    assert "Not shown in" not in told
    assert max(map(len, told.splitlines())) > 160
    assert "SERVICE      STATE         TASKS        TARGETS      RATE  ERRORS  P95      IMAGE" in told


@pytest.mark.parametrize(("width", "fewest"), [(40, 3), (80, 7), (120, 10)])
def test_a_table_loses_columns_before_it_folds(width: int, fewest: int) -> None:
    """In the services' table each row is one line, and the message names the missing columns."""
    told = ANSI.sub("", printed(width)).splitlines()
    first = next(number for number, line in enumerate(told) if line.startswith("SERVICE "))
    assert len(told[first].split()) == fewest
    rows = [line.split()[0] for line in told[first + 1 : first + 4]]
    assert rows == ["recommender", "pages", "extra"]
    assert told[first + 4].startswith("Not shown in") == (fewest < 10)


def test_states_have_colours_and_words() -> None:
    """Healthy states are green, others are red; the words alone say it, too."""
    told = printed(80)
    for state, colour in (
        ("completed", 32),
        ("failed", 31),
        ("not deployed", 31),
        ("healthy", 32),
        ("warn", 33),
    ):
        assert f"\x1b[{colour}m{state}\x1b[0m" in told, state
    assert ANSI.sub("", told) == ANSI.sub("", printed(80, ("NO_COLOR", "1")))


def test_no_color_is_obeyed() -> None:
    """There is no colour at all; bold and dim are none. https://no-color.org"""
    assert re.search(r"\x1b\[3[0-9]m", printed(80))
    codes = {code for each in ANSI.findall(printed(80, ("NO_COLOR", "1"))) for code in each[2:-1].split(";")}
    assert codes <= {"0", "1", "2", ""}


def test_columns_may_be_told() -> None:
    """COLUMNS overrides the terminal's width, as usual."""
    assert ANSI.sub("", printed(120, ("COLUMNS", "40"))) == ANSI.sub("", printed(40))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_says_something(command: str) -> None:
    """Each has its part in the texts above."""
    _, _, after = ANSI.sub("", printed(80)).partition(f"$ {command}\n")
    assert after.partition("\n$ ")[0].strip()
