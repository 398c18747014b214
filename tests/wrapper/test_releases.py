"""How releases are listed."""

from tests.wrapper.records import release, service
from wrapper.console import layout
from wrapper.verbs.releases import Listing, short_commit


def listing() -> Listing:
    both = {"web": service(model=None), "films": service()}
    found = [release(3, back_to=1), release(2, services=both), release(1, commit=None)]
    return Listing(environment="dev", releases=found, running=3)


def test_the_one_that_runs_is_marked() -> None:
    """One line has a star in its first column."""
    marks = [row[:2] for row in listing().rows()]
    assert marks == [("", "RELEASE"), ("*", "3"), ("", "2"), ("", ""), ("", "1")]


def test_a_rollback_says_where_it_went() -> None:
    """The note names the release whose images and models run again."""
    assert listing().rows()[1][-1] == "back to 1"


def test_columns_are_aligned_and_never_folded() -> None:
    """This is in a pipe; lines do not end in blanks."""
    lines = [line.plain for line in layout.table(listing().rows(), width=None)]
    assert lines[0].index("SERVICE") == lines[1].index("web")
    assert [line for line in lines if line.endswith(" ")] == []


def test_json_marks_the_running_one_too() -> None:
    """A script can read `.running` instead of parsing a table."""
    assert [each["running"] for each in listing().as_json()] == [True, False, False]


def test_a_short_commit_keeps_that_it_was_dirty() -> None:
    """Eight characters are enough to find it; outside git there is none."""
    assert short_commit("0123456789abcdef-dirty") == "01234567-dirty"
    assert short_commit(None) == "-"
