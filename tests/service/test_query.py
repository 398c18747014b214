"""The values of `uid` and `n`."""

import pytest

from service.query import InvalidRequest, Query, parse_query


@pytest.mark.parametrize(
    ("query", "uid", "n"),
    [
        (b"uid=20", b"20", 10),
        (b"n=5&uid=20", b"20", 5),
        (b"uid=20&n=100", b"20", 100),
        (b"uid=20&n=007", b"20", 7),
        (b"uid=-1", b"-1", 10),
        (b"uid=%32%30", b"20", 10),
        (b"%75id=20", b"20", 10),
        (b"uid=a+b%2Bc%26d%3De", b"a b+c&d=e", 10),
        (b"uid=%C3%BC", "ü".encode(), 10),
        ("uid=ü".encode(), "ü".encode(), 10),
        (b"uid=%zz", b"%zz", 10),
        (b"uid=a=b", b"a=b", 10),
        (b"uid=20&utm_source=x&&=&flag", b"20", 10),
        (b"uid=" + b"x" * 128, b"x" * 128, 10),
    ],
)
def test_query_is_read(query: bytes, uid: bytes, n: int) -> None:
    """Escapes, order and other parameters do not matter."""
    assert parse_query(query) == Query(uid=uid, n=n)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (b"", "uid must be given exactly once, got 0 values."),
        (b"n=5", "uid must be given exactly once, got 0 values."),
        (b"uid=1&uid=1", "uid must be given exactly once, got 2 values."),
        (b"uid=", "uid must be 1 to 128 characters, none a control character, got ''."),
        (b"uid=" + b"x" * 129, f"none a control character, got '{'x' * 40}…'."),
        (b"uid=%00", "none a control character, got '\\x00'."),
        (b"uid=1%0A", "none a control character, got '1\\n'."),
        (b"uid=%FF", "uid must be UTF-8, got '\\\\xff'."),
        (b"uid=\xff", "uid must be UTF-8, got '\\\\xff'."),
        (b"uid=1&n=", "n must be a whole number from 1 to 100, got ''."),
        (b"uid=1&n=0", "n must be a whole number from 1 to 100, got '0'."),
        (b"uid=1&n=101", "n must be a whole number from 1 to 100, got '101'."),
        (b"uid=1&n=-1", "n must be a whole number from 1 to 100, got '-1'."),
        (b"uid=1&n=%2B5", "n must be a whole number from 1 to 100, got '+5'."),
        (b"uid=1&n=5_0", "n must be a whole number from 1 to 100, got '5_0'."),
        (b"uid=1&n=5.0", "n must be a whole number from 1 to 100, got '5.0'."),
        (b"uid=1&n=%D9%A5", "n must be a whole number from 1 to 100, got '٥'."),
        (b"uid=1&n=" + b"9" * 5000, f"from 1 to 100, got '{'9' * 40}…'."),
        (b"uid=1&n=5&n=5", "n must be given at most once, got 2 values."),
    ],
)
def test_query_that_breaks_a_rule_is_refused(query: bytes, message: str) -> None:
    """The message names the parameter, the rule and the value."""
    with pytest.raises(InvalidRequest) as refused:
        parse_query(query)
    assert str(refused.value).endswith(message)
