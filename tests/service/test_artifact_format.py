"""Reading a manifest and the arrays' headers: everything that breaks the format is refused by name."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from service.artifact_format import MANIFEST, TOP_ITEMS, array_offset, layouts, parse_manifest
from service.errors import ArtifactError


@pytest.fixture
def document(artifact: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((artifact / MANIFEST).read_text())
    return content


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("format", "onnx", "format must be recommender 1, got onnx 1"),
        ("format_version", 0, "format must be recommender 1, got recommender 0"),
        ("users", 0, "users is wrong"),
        ("items", 0, "items is wrong"),
        ("top", 101, "top is wrong"),
        ("name", "../x", "name is wrong"),
        ("files", {}, "files must list answers.npy, user_slots.npy, "),
        ("fold_in", {"confidence": 0}, "fold_in.confidence is wrong"),
    ],
)
def test_manifest_that_breaks_a_rule_is_refused(
    document: dict[str, Any], key: str, value: object, message: str
) -> None:
    """The message names the field."""
    with pytest.raises(ArtifactError, match=message):
        parse_manifest(json.dumps({**document, key: value}).encode())


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b"null", b'{"format": "recommender"}'])
def test_manifest_that_is_no_manifest_is_refused(content: bytes) -> None:
    """For any bytes, the error names the manifest."""
    with pytest.raises(ArtifactError, match=MANIFEST):
        parse_manifest(content)


def test_manifest_may_hold_more_than_we_know(document: dict[str, Any]) -> None:
    """Older servers accept keys that a later trainer adds."""
    assert parse_manifest(json.dumps({**document, "new": 1}).encode()).version == "1"


def test_array_of_another_shape_is_refused(artifact: Path, tmp_path: Path) -> None:
    """A header that contradicts the manifest's counts is an error, not a wrong answer."""
    layout = layouts(parse_manifest((artifact / MANIFEST).read_bytes()))[TOP_ITEMS]
    np.save(tmp_path / "a.npy", np.zeros((3, 2), dtype="<i4"))
    content = (tmp_path / "a.npy").read_bytes()
    with pytest.raises(ArtifactError, match=r"top_items.npy must hold <i4 \(214, 100\), got <i4 \(3, 2\)"):
        array_offset(TOP_ITEMS, content, len(content), layout)


@pytest.mark.parametrize(
    ("head", "message"),
    [
        (b"PK\x03\x04", "must begin with the header of an .npy file"),
        (b"\x93NUMPY\x01\x00\x04\x00{'a'", "has a header that cannot be read"),
        (b"\x93NUMPY\x01\x00\x02\x00{}", "has a header that cannot be read"),
    ],
)
def test_header_that_is_no_header_is_refused(artifact: Path, head: bytes, message: str) -> None:
    """A damaged header is refused, never guessed."""
    layout = layouts(parse_manifest((artifact / MANIFEST).read_bytes()))[TOP_ITEMS]
    with pytest.raises(ArtifactError, match=message):
        array_offset(TOP_ITEMS, head, len(head), layout)


def test_array_that_ends_early_is_refused(artifact: Path) -> None:
    """The data must be as long as the header says."""
    layout = layouts(parse_manifest((artifact / MANIFEST).read_bytes()))[TOP_ITEMS]
    content = (artifact / TOP_ITEMS).read_bytes()
    with pytest.raises(ArtifactError, match=r"must be \d+ bytes long"):
        array_offset(TOP_ITEMS, content, len(content) - 4, layout)
