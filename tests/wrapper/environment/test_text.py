"""The YAML of environment files: what is refused at once, and how scalars are read."""

import os

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.wrapper.environment.clone import Clone
from wrapper.environment.text import LONGEST_BYTES, lines, parse, write


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "the file must contain keys such as project and services, got nothing."),
        ("# only a comment\n", "the file must contain keys such as project and services, got nothing."),
        ("- a\n", "the file must contain keys such as project and services, got a list."),
        ("dev\n", "the file must contain keys such as project and services, got text."),
        ("a:\n\tb: 1\n", "line 2, column 1: YAML allows no tabs for indentation; use spaces."),
        ("a: [1,\n", "line 2, column 1: expected the node content, but found the end of the text."),
        (
            "a: 1\n---\nb: 2\n",
            "line 2, column 1: expected a single document in the stream, but found another document.",
        ),
        ("[" * 5000, "the text must not nest hundreds of blocks."),
        ("a: *b\n", "line 1, column 4: found undefined alias 'b'."),
        ("a: \x07\n", "line 1: the character U+0007 is not allowed."),
        ("b: 1\n\nb: 2\n", "line 3, column 1: b is given twice, first in line 1."),
        ("a: {b: 1, b: 2}\n", "line 1, column 11: a.b is given twice, first in line 1."),
        ("1: x\n", "line 1, column 1: 1 must be text (a key in quotes)."),
        ("a: {[b]: x}\n", "line 1, column 5: a key of a must be text (a key in quotes)."),
        ("a: !env HOME\n", "line 1, column 4: a must be plain YAML, without the tag !env."),
        ("a: !!int x\n", "line 1, column 4: a must be of the kind of its tag !!int."),
        ("a: &a [*a]\n", "line 1, column 4: a.0 contains itself."),
        (
            'a: "\\ud800"\n',
            "line 1, column 4: a must be Unicode without surrogates: write the character itself.",
        ),
        (b"a: b\nb: \xe4\n", "line 2 must be UTF-8, got the byte 0xe4."),
    ],
)
def test_text_that_is_no_environment_is_refused(clone: Clone, text: str | bytes, problem: str) -> None:
    """The message has one sentence, with the line if there is one."""
    clone.write_text(text)
    assert clone.problems() == (problem,)


def test_aliases_cannot_grow_without_bound(clone: Clone) -> None:
    """Thirty lines with aliases for a billion values are refused, also in a neighbour's file."""
    lines = ["a0: &a0 [x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30))]
    clone.write_text("\n".join(lines), name="bomb")
    problem = "the text must have at most 20000 values, counting each use of an alias."
    assert clone.problems("bomb") == (problem,)
    clone.write({"target": "aws", "region": "eu-west-1", "account_id": "111111111111"}, name="prod")
    assert clone.load("prod").name == "prod"


def test_a_pipe_does_not_hang(clone: Clone) -> None:
    """Reading it might never end; the same holds for a neighbour that is a pipe."""
    os.mkfifo(clone.environments / "pipe.yaml")
    assert clone.problems("pipe") == ("the file must be a regular one, not a pipe or a device.",)
    clone.write({"target": "aws", "region": "eu-west-1", "account_id": "111111111111"}, name="prod")
    assert clone.load("prod").name == "prod"


def test_a_file_that_is_no_environment_by_its_length_is_not_read(clone: Clone) -> None:
    """A log with the wrong name is no YAML."""
    clone.write_text("# " + "x" * LONGEST_BYTES)
    assert clone.problems() == ("the file must have at most 256 KiB.",)


def test_colon_in_plain_text_gets_a_hint(clone: Clone) -> None:
    """YAML's own message about indentation is hard to understand."""
    clone.write_text("project: a: b\n")
    assert clone.problems() == (
        "line 1, column 11: mapping values are not allowed here "
        "(is a key indented too far, or does a text with ': ' lack its quotes?).",
    )


def test_duplicate_keys_come_all_at_once(clone: Clone) -> None:
    """PyYAML would silently use the last of each."""
    clone.write_text("a: 1\nb: 1\na: 2\nb: 2\n")
    assert len(clone.problems()) == 2


def test_byte_order_mark_is_no_part_of_the_text(clone: Clone) -> None:
    """Some Windows editors begin a UTF-8 file with one."""
    clone.write_text(b"\xef\xbb\xbf" + (clone.environments / "dev.yaml").read_bytes())
    assert clone.load().name == "dev"


@pytest.mark.parametrize(
    "text", ["on", "off", "yes", "no", "y", "2024-01-02", "12:30", "0x10", "1e3", "1_000", "<<", "="]
)
def test_traps_of_yaml_1_1_are_text(text: str) -> None:
    """What PyYAML would read as a boolean, a date or a number stays text."""
    assert parse(text) == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("False", False),
        ("~", None),
        ("null", None),
        ("", None),
        ("10", 10),
        ("-3", -3),
        ("012", 12),
        ("1.5", 1.5),
        ('"10"', "10"),
        ("!!str 10", "10"),
        ("[1, a]", (1, "a")),
        ("{a: {b: [c]}}", {"a": {"b": ("c",)}}),
        ("a: &x {b: 1}\nc: *x", {"a": {"b": 1}, "c": {"b": 1}}),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_scalars_are_read_as_in_yaml_1_2(text: str, value: object) -> None:
    """Lists become tuples, which nobody can change."""
    assert parse(text) == value


def test_unquoted_account_id_says_how_to_quote_it(clone: Clone) -> None:
    """A number loses its leading zeros; the message has the id with them."""
    clone.write_text("account_id: 012345678901\n" + (clone.environments / "dev.yaml").read_text())
    assert clone.problems() == (
        'account_id must be 12 digits in quotes, as in "012345678901", got the number 12345678901.',
    )


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**18) + 1, 10**18 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner).map(tuple) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner)
    ),
    max_leaves=8,
)


@given(VALUES)
@example(("089", "1.5e3", "on", "2024-01-02", "~", "", "a: b", "#", "[x", "\x85\u2028\x1b\ufeff"))
def test_what_is_written_is_read_back(value: object) -> None:
    """It is on one line, without a character that a terminal would interpret."""
    text = write(value)
    assert text.isprintable()
    assert parse(f"a: {text}\n") == {"a": value}


def test_lines_are_those_of_keys_and_items() -> None:
    """A key or an item by an alias has the alias's line; the keys inside have their own."""
    text = "a: &a\n  b: 1\nc:\n  - d: 2\n  - 3\ne: *a\n"
    assert lines(text) == {
        ("a",): 1,
        ("a", "b"): 2,
        ("c",): 3,
        ("c", 0): 4,
        ("c", 0, "d"): 4,
        ("c", 1): 5,
        ("e",): 6,
        ("e", "b"): 2,
    }
