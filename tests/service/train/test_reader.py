"""Ratings files in all formats, and the messages about malformed ones."""

import gzip
from codecs import BOM_UTF16_BE, BOM_UTF16_LE

import pytest

from service.train.errors import DataError
from service.train.layout import Columns
from service.train.ratings import Ratings
from tests.service.train.conftest import Reader

HEADER = "userId,movieId,rating,timestamp\n"


def triples(ratings: Ratings) -> list[tuple[str, str, float]]:
    return [
        (ratings.user_ids[user], ratings.item_ids[item], float(value))
        for user, item, value in zip(ratings.users, ratings.items, ratings.values, strict=True)
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ratings.csv", HEADER + "1,10,4.5,100\n2,9,3,200\n"),
        ("ratings.csv", HEADER.replace("\n", "\r\n") + "1,10,4.5,100\r\n2,9,3,200"),
        ("ratings.csv", "\ufeff" + HEADER + '"1","10","4.5","100"\n\n2, 9 ,3,200\n'),
        ("u.data", "1\t10\t4.5\t100\n2\t9\t3\t200\n"),
        ("other.tsv", "1\t10\t4.5\t100\n2\t9\t3\t200\n"),
        ("ratings.dat", "1::10::4.5::100\n2::9::3::200\n"),
        ("other.txt", "1::10::4.5::100\n2::9::3::200\n"),
        ("ratings.tsv", "rating\tmovieId\tuserId\n4.5\t10\t1\n3\t9\t2\n"),
        ("ratings.csv", "rating;movieId;userId;note\n4.5;10;1;\n3;9;2;good\n"),
    ],
)
def test_every_layout_reads_the_same(read_text: Reader, name: str, text: str) -> None:
    """Latest, 100k, 1M and CSVs with their columns in any order give the same ratings."""
    assert triples(read_text(text, name=name)) == [("1", "10", 4.5), ("2", "9", 3.0)]


def test_gzipped_file_is_read(read_text: Reader) -> None:
    """A file whose name ends in .gz is unpacked while it is read."""
    content = gzip.compress((HEADER + "1,10,4.5,100\n").encode())
    assert triples(read_text(content, name="ratings.csv.gz")) == [("1", "10", 4.5)]


def test_columns_may_be_named(read_text: Reader) -> None:
    """Any CSV can be read if the columns are named; the others do not matter."""
    columns = Columns(user="who", item="what", rating="stars", timestamp="day")
    text = "day,why,what,stars,who\n2024-01-02,x,b,5,ann\n2024-01-01T10:00:00Z,y,b,1,ann\n"
    assert triples(read_text(text, columns=columns)) == [("ann", "b", 5.0)]


def test_ids_stay_text(read_text: Reader) -> None:
    """Leading zeros make another id."""
    ratings = read_text(HEADER + "7,a,1,1\n007,a,2,1\n")
    assert list(ratings.user_ids) == ["7", "007"]


def test_order_of_lines_does_not_matter(read_text: Reader) -> None:
    """Ids are sorted, shorter ones first."""
    lines = ["10,b,1,1\n", "9,b,2,1\n", "9,a,3,1\n"]
    forward, backward = (read_text(HEADER + "".join(order)) for order in (lines, lines[::-1]))
    assert triples(forward) == triples(backward) == [("9", "a", 3.0), ("9", "b", 2.0), ("10", "b", 1.0)]


def test_last_of_duplicates_wins(read_text: Reader, notes: list[str]) -> None:
    """The newest timestamp wins, then the later line; the number of duplicates is printed."""
    ratings = read_text(HEADER + "1,a,5,300\n1,a,1,200\n2,b,1,100\n2,b,4,100\n")
    assert triples(ratings) == [("1", "a", 5.0), ("2", "b", 4.0)]
    assert notes == ["2 ratings were replaced by a later one of the same user and item"]


def test_last_line_wins_without_timestamps(read_text: Reader) -> None:
    """A CSV without timestamps is in order of time."""
    assert triples(read_text("userId,movieId,rating\n1,a,5\n1,a,2\n")) == [("1", "a", 2.0)]


def test_dislikes_are_seen_but_not_liked(read_text: Reader, notes: list[str]) -> None:
    """An item with a rating of 0 is never recommended to that user; an item without likes is left out."""
    ratings = read_text(HEADER + "1,a,5,1\n1,b,0,1\n2,b,3,1\n2,c,-1,1\n")
    assert triples(ratings) == [("1", "a", 5.0), ("1", "b", 0.0), ("2", "b", 3.0)]
    assert ratings.liked.tolist() == [True, False, True]
    assert notes == ["1 ratings of 0 or less count as seen, not as liked"]


def test_users_who_like_nothing_are_left_out(read_text: Reader, notes: list[str]) -> None:
    """Users who rated everything 0 are left out and counted; the file is not refused."""
    ratings = read_text(HEADER + "3,a,0,1\n1,a,5,1\n2,b,0,1\n2,a,-1,1\n10,a,4,1\n")
    assert triples(ratings) == [("1", "a", 5.0), ("10", "a", 4.0)]
    assert notes == ["2 users without a rating above 0 are left out: nothing can be learnt from them"]


@pytest.mark.parametrize("order", ["little", "big"])
def test_utf_16_is_read_by_its_mark(read_text: Reader, order: str) -> None:
    """Spreadsheets save Unicode text as UTF-16 with a byte order mark and tabs."""
    mark, codec = {"little": (BOM_UTF16_LE, "utf-16-le"), "big": (BOM_UTF16_BE, "utf-16-be")}[order]
    text = "userId\tmovieId\trating\r\nJürgen\t10\t4.5\r\n"
    assert triples(read_text(mark + text.encode(codec))) == [("Jürgen", "10", 4.5)]


def test_settings_are_called_as_they_can_be_given(read_text: Reader) -> None:
    """If the trainer was started by an environment file, messages name its keys, not options."""
    keys = "model.columns"
    with pytest.raises(DataError, match=r"model\.columns\.user: who takes another\.$"):
        read_text("who,movieId,rating\n1,2,3\n", columns=Columns(user="whom", keys=keys))
    with pytest.raises(DataError, match=r" model\.columns\.header: false takes the columns"):
        read_text("1,2,3\n", columns=Columns(keys=keys))


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (
            Columns(user="1", item="2", rating="4"),
            "a row must have a column 4 for the rating, got 3 columns.",
        ),
        (
            Columns(header=False, user="who"),
            "without a header a column must be given by its position, got 'who' for the user.",
        ),
        (
            Columns(header=False, item="3"),
            "a row must have a column for the user, got 3 columns. --user-column N takes the Nth.",
        ),
    ],
)
def test_columns_that_are_not_there_are_told(read_text: Reader, columns: Columns, message: str) -> None:
    """The column's number is beyond the row, its name needs a header, or it is not given at all."""
    with pytest.raises(DataError) as caught:
        read_text("ann,b,c\n", columns=columns)
    assert str(caught.value) == f"ratings.csv:1: {message}"


def test_many_batches_are_one_file(read_text: Reader) -> None:
    """Rows keep their order across the batches in which they are parsed."""
    lines = [f"{number // 10},{number % 7},{1 + number % 5},{number}\n" for number in range(3000)]
    ratings = read_text(HEADER + "".join(lines))
    wanted = {(str(n // 10), str(n % 7)): float(1 + n % 5) for n in range(3000)}
    assert {(user, item): value for user, item, value in triples(ratings)} == wanted


GOOD = "1,10,4,100\n" * 600  # More than a batch.


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("ratings.csv", "", "ratings.csv:1: the first line must not be blank, got nothing."),
        ("u.data", "", "u.data:1: the first line must not be blank, got nothing."),
        ("ratings.csv", HEADER, "ratings.csv:2: must have ratings, got none."),
        (
            "ratings.csv",
            "userId,movieId\n1,2\n",
            "ratings.csv:1: the header must have a column 'rating', got 'userId, movieId'."
            " --rating-column NAME takes another.",
        ),
        (
            "ratings.csv",
            "userIds,movieId,rating\n1,2,3\n",
            "ratings.csv:1: the header must have a column 'userId', got 'userIds, movieId, rating'."
            " --user-column userIds takes another.",
        ),
        (
            "ratings.csv",
            "user_id,isbn,book_id,rating\n1,2,3,4\n",
            "ratings.csv:1: the header must have one column for the item, got 'isbn, book_id'."
            " --item-column isbn takes one.",
        ),
        (
            "ratings.csv",
            "1,10,4.5\n2,9,3\n",
            "ratings.csv:1: the first line looks like data, got '1, 10, 4.5'. --no-header takes the columns"
            " as user, item, rating, timestamp.",
        ),
        ("ratings.csv", HEADER + GOOD + "1,2,3\n", "ratings.csv:602: a row must have 4 fields, got 3."),
        ("ratings.csv", HEADER + "1,2,3,4,5\n", "ratings.csv:2: a row must have 4 fields, got 5."),
        ("u.data", "1\t2\t3\n", "u.data:1: a row must have 4 fields, got 3."),
        ("ratings.dat", "1::2::3::4\n1:2:3:4\n", "ratings.dat:2: a row must have 4 fields, got 1."),
        (
            "ratings.csv",
            HEADER + GOOD + "1,2,good,4\n" + GOOD,
            "ratings.csv:602: rating must be a number, got 'good'.",
        ),
        ("ratings.csv", HEADER + "1,2,,4\n", "ratings.csv:2: rating must be a number, got ''."),
        ("ratings.csv", HEADER + "1,2,nan,4\n", "ratings.csv:2: rating must be a finite number, got 'nan'."),
        (
            "ratings.csv",
            HEADER + "1,2,-inf,4\n",
            "ratings.csv:2: rating must be a finite number, got '-inf'.",
        ),
        (
            "ratings.csv",
            HEADER + "1,2,1e39,4\n",
            "ratings.csv:2: rating must be a finite number, got '1e39'.",
        ),
        (
            "ratings.csv",
            HEADER + "1,2,3,noon\n",
            "ratings.csv:2: timestamp must be a number or ISO 8601, got 'noon'.",
        ),
        (
            "ratings.csv",
            HEADER + "1,2,3,nan\n",
            "ratings.csv:2: timestamp must be finite, got NaN or infinity.",
        ),
        ("ratings.csv", HEADER + "1,2,3,4\n ,2,3,4\n", "ratings.csv:3: user must not be blank."),
        ("ratings.csv", HEADER + "1,,3,4\n", "ratings.csv:2: item must not be blank."),
        (
            "ratings.csv",
            HEADER + "a\tb,2,3,4\n",
            "ratings.csv:2: user must be at most 128 printable bytes, got 'a\\tb'.",
        ),
        (
            "ratings.csv",
            HEADER + f"1,{'x' * 129},3,4\n",
            f"ratings.csv:2: item must be at most 128 printable bytes, got '{'x' * 128}'.",
        ),
        (
            "ratings.csv",
            HEADER + "1,a,0,4\n2,a,-1,4\n",
            "ratings.csv:0: must have a rating above 0, got none.",
        ),
        ("ratings.csv", HEADER + '1,2,3,4\n1,"2,3,4\n', "ratings.csv:3: must be well-formed, got"),
        (
            "ratings.csv",
            HEADER.encode() + b"1,2,3,4\n1,\xff,3,4\n",
            "ratings.csv:3: must be text in UTF-8, got: invalid start byte. Save it as UTF-8.",
        ),
        (
            "ratings.csv",
            (HEADER + "1,2,3,4\n").encode("utf-16-le"),  # without its mark
            "ratings.csv:1: must be text in UTF-8, got zeros between the letters. Save it as UTF-8.",
        ),
        (
            "ratings.csv",
            (HEADER + "1,2,3,4\n").encode("utf-16") + b"1",
            "ratings.csv:3: must be text in utf-16, got: truncated data. Save it as UTF-8.",
        ),
        ("ratings.csv.gz", b"no gzip at all", "ratings.csv.gz:0: must be a whole gzip file, got"),
        pytest.param(
            "ratings.csv.gz",
            gzip.compress((HEADER + GOOD).encode())[:-20],
            "ratings.csv.gz:0: must be a whole gzip file, got",
            id="cut-off",  # the gzip header contains the time, which differs in each of pytest's workers
        ),
    ],
)
def test_malformed_file_is_told_by_line(
    read_text: Reader, name: str, text: str | bytes, message: str
) -> None:
    """The message has file, line and reason, even for a line in a later batch."""
    with pytest.raises(DataError) as caught:
        read_text(text, name=name)
    assert str(caught.value).startswith(message)


def test_line_numbers_count_lines_in_quotes(read_text: Reader) -> None:
    """A field of several lines shifts the numbers of later lines."""
    text = 'userId,movieId,rating,review\n1,a,5,"two\nlines"\n1,b,bad,\n'
    with pytest.raises(DataError, match=r"^ratings.csv:4: rating must be a number, got 'bad'\.$"):
        read_text(text)
