"""Overlap and rank-biased overlap, compared with published figures and with their definitions."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapper.model.diff import DEPTH
from wrapper.model.diff.measures import overlap, rank_biased_overlap, shared

P = 0.9
lists = st.lists(st.integers(0, 14), max_size=DEPTH, unique=True)


def measure(old: Sequence[int], new: Sequence[int]) -> tuple[float, float]:
    """Return overlap and RBO of one pair."""
    padded = [np.full((DEPTH, 1), filler, dtype=np.int32) for filler in (-1, -2)]
    for array, found in zip(padded, (old, new), strict=True):
        array[: len(found), 0] = found
    common, lengths = shared(*padded), (np.array([len(old)]), np.array([len(new)]))
    return float(overlap(common, *lengths)[0]), float(rank_biased_overlap(common, *lengths, P)[0])


def letters(text: str) -> list[int]:
    return [ord(letter) for letter in text]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        # By hand: agreement is 0 at depth 1, then always 1: 0.1 · (0 + 0.9) + 0.9².
        ("ab", "ba", 0.9),
        # 1 at depth 1, then always a half: 0.1 · (1 + 0.9 · 0.5) + 0.5 · 0.9².
        ("ab", "ac", 0.55),
        # The result of the package `rbo` 0.1.3: RankingSimilarity(old, new).rbo_ext(p=0.9).
        ("abcdefghij", "abcdefghij", 1),
        ("abcdefghij", "jihgfedcba", 0.511607565643),
        ("abcdefghij", "abcdeklmno", 0.744196217179),
        ("abcdefghij", "klmnoabcde", 0.255803782821),
        ("abcdefghij", "klmnopqrst", 0),
        ("abcdefghij", "aklmnopqrs", 0.270284243436),
        ("abc", "cdefghijab", 0.3522670668),
        ("abcdefg", "hgfab", 0.442346785714),
        ("", "abc", 0),
        ("", "", 1),
    ],
)
def test_rbo_is_what_others_find(old: str, new: str, expected: float) -> None:
    """For lists of equal and of different lengths."""
    assert measure(letters(old), letters(new))[1] == pytest.approx(expected, abs=1e-11)


@given(st.permutations(range(15)), st.permutations(range(15)), st.integers(1, DEPTH))
def test_rbo_is_the_series_that_defines_it(old: list[int], new: list[int], depth: int) -> None:
    """It is the weighted agreement at every depth; beyond the lists' end the last value continues."""
    old, new = old[:depth], new[:depth]
    series = (
        P ** (place - 1) * len(set(old[:place]) & set(new[:place])) / min(place, depth)
        for place in range(1, 400)
    )
    assert measure(old, new)[1] == pytest.approx((1 - P) * sum(series), abs=1e-9)


@given(lists, lists)
def test_both_measures_are_symmetric_fractions(old: list[int], new: list[int]) -> None:
    """Overlap equals that of sets."""
    assert measure(old, new) == pytest.approx(measure(new, old), abs=1e-12)
    longer = max(len(old), len(new))
    assert measure(old, new)[0] == (len(set(old) & set(new)) / longer if longer else 1)
    assert all(0 <= value <= 1 for value in measure(old, new))


@given(lists)
def test_a_list_agrees_with_itself(found: list[int]) -> None:
    """To the last digit that matters."""
    assert measure(found, found) == pytest.approx((1, 1), abs=1e-12)
