"""A model with wrong data and right checksums: it is refused when opened, or its answers are well-formed."""

import json
import math
import shutil
import tempfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel
from starlette.types import ASGIApp

from service import artifact_format as form
from service import schemas
from service.app import create_app
from service.errors import ArtifactError, DamagedError
from service.loading import Current, install, load
from service.model import Model
from service.settings import Settings
from service.store import FileStore
from tests.service.asgi import Reply, call
from tests.service.models import write_model

USERS = (b"1", b"7", b"20", b"full", b"nearly", b"zzz", b"%C3%BCn%C3%AF")
JSON = (b"content-type", b"application/json")
# The values that replace a number in an array: all bits, NaN, infinity, the limits of types, a quotation
# mark.
WORDS = (
    b"\xff\xff\xff\xff",
    b"\0\0\xc0\x7f",
    b"\0\0\x80\x7f",
    b"\0\0\0\x80",
    b"\xff\xff\xff\x7f",
    b'""""',
    b"\0\0\0\0",
)
HUGE = "a number of thousands of digits"
VALUES: tuple[object, ...] = (
    10**30,
    HUGE,
    -1,
    0,
    1,
    2**31 - 1,
    1e308,
    None,
    True,
    "",
    "../x",
    "x" * 100_000,
    [],
    {},
    [[]] * 50,
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole") / "1"
    write_model(folder)
    return folder


def seal(folder: Path, **changes: object) -> None:
    """Correct the size and checksum of each file in the manifest, and change its keys."""
    manifest = json.loads((folder / form.MANIFEST).read_text())
    for name, entry in manifest["files"].items():
        content = (folder / name).read_bytes()
        entry |= {"sha256": sha256(content).hexdigest(), "bytes": len(content)}
    (folder / form.MANIFEST).write_text(json.dumps({**manifest, **changes}))


def put(folder: Path, name: str, index: object, value: object) -> Path:
    """Change numbers of an array, whose data begins where numpy says."""
    array = np.load(folder / name, mmap_mode="r+")
    array[index] = value
    array.flush()
    seal(folder)
    return folder


@pytest.fixture
def copy(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "1"))


def serving(model: Model) -> ASGIApp:
    current = Current()
    install(current, model)
    return create_app(Settings(model_uri="x"), current)


def replies(app: ASGIApp) -> Iterator[tuple[Reply, type[BaseModel]]]:
    """Ask for everything that a model answers, each user twice: the second time from the cache."""
    for user in (*USERS, *USERS):
        yield call(app, query=b"uid=" + user), schemas.Answer
        yield call(app, query=b"uid=" + user + b"&n=30"), schemas.Answer
        yield call(app, "/v1/recommendations", b"uid=" + user), schemas.Recommendations
    yield call(app, "/v1/popular", b"n=100"), schemas.Popular
    yield call(app, "/health"), schemas.Health
    for items in (["1003"], ["1000", "1029", "nope"], ["nope"]):
        body = json.dumps({"items": items, "n": 100}).encode()
        reply = call(app, "/v1/recommendations", method="POST", body=body, headers=[JSON])
        yield reply, schemas.FoldedIn


def refuse_constant(word: str) -> None:
    raise AssertionError(f"{word} is not JSON")


def check(reply: Reply, schema: type[BaseModel]) -> None:
    document = json.loads(reply.body.decode(), parse_constant=refuse_constant)
    json.dumps(document).encode()
    json.dumps(document, ensure_ascii=False).encode()  # No half of a surrogate pair.
    assert reply.status in (200, 404, 503), document
    (schema if reply.status == 200 else schemas.Problem).model_validate(document, strict=True)


def test_a_whole_model_has_every_answer(whole: Path) -> None:
    """Mutants are compared with what an undamaged model answers."""
    found = list(replies(serving(load(FileStore(whole)))))
    for reply, schema in found:
        check(reply, schema)
    assert {reply.status for reply, _ in found} == {200, 404}


@st.composite
def mutations(draw: st.DrawFn) -> tuple[str, list[tuple[str, float, bytes]]]:
    """Draw a file and its damage: how, where (as a share of its length), with which bytes."""
    kinds = st.sampled_from(["set", "set", "set", "cut", "insert", "fill"])
    words = st.one_of(st.sampled_from(WORDS), st.binary(min_size=1, max_size=16))
    steps = st.tuples(kinds, st.floats(0, 1, exclude_max=True), words)
    return draw(st.sampled_from(form.SERVED)), draw(st.lists(steps, min_size=1, max_size=4))


def mutate(content: bytes, how: str, where: float, word: bytes) -> bytes:
    at = int(where * len(content))
    match how:
        case "set":
            return (content[:at] + word + content[at + len(word) :])[: len(content)]
        case "cut":
            return content[:at] + content[at + len(word) :]
        case "insert":
            return content[:at] + word + content[at:]
        case _:  # From here to the end, so that an array's header usually stays whole.
            return content[:at] + (word * len(content))[: len(content) - at]


@settings(max_examples=120)
@given(mutation=mutations())
@example(mutation=(form.USER_SLOTS, [("fill", 0.2, b"\x01\0\0\0")]))
@example(mutation=(form.ANSWERS, [("fill", 0.5, b'"\\\n\0')]))
@example(mutation=(form.TOP_ITEMS, [("fill", 0.1, b"\xff\xff\xff\x7f")]))
@example(mutation=(form.TOP_SCORES, [("fill", 0.1, b"\0\0\xc0\x7f")]))
@example(mutation=(form.ITEM_FACTORS, [("fill", 0.5, b"\0\0\xc0\x7f")]))
@example(mutation=(form.ITEM_GRAM, [("fill", 0.5, b"\0\0\x80\x7f")]))
@example(mutation=(form.ITEMS, [("set", 0.4, b'"]\n["')]))
def test_a_mutant_is_refused_or_answers_in_form(
    whole: Path, mutation: tuple[str, list[tuple[str, float, bytes]]]
) -> None:
    """For each file and each kind of damage, nobody gets a 500, an invalid answer or none at all."""
    name, steps = mutation
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(shutil.copytree(whole, Path(temporary) / "1"))
        content = (folder / name).read_bytes()
        for how, where, word in steps:
            content = mutate(content, how, where, word)
        (folder / name).write_bytes(content)
        seal(folder)
        ask_all(folder)


KEYS = st.sampled_from(
    (
        *("format", "format_version", "name", "version", "users", "items", "factors", "top"),
        *("user_id_bytes", "fold_in", "files", "data"),
    )
)


@settings(max_examples=60)
@given(key=KEYS, value=st.one_of(st.sampled_from(VALUES), st.integers(0, 40), st.text(max_size=5)))
@example(key="fold_in", value={"regularization": 0, "confidence": 1e308})
@example(key="fold_in", value={"regularization": 1e308, "confidence": 1e-308})
def test_a_manifest_that_lies_is_refused_or_its_answers_have_their_form(
    whole: Path, key: str, value: object
) -> None:
    """Wrong counts, and numbers that exceed any memory."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(shutil.copytree(whole, Path(temporary) / "1"))
        document = json.loads((folder / form.MANIFEST).read_text())
        changed = json.dumps({**document, key: value})
        # As text: Python itself refuses to write a number of thousands of digits.
        (folder / form.MANIFEST).write_text(changed.replace(f'"{HUGE}"', "1" + "0" * 5000))
        ask_all(folder)


def ask_all(folder: Path) -> None:
    try:
        model = load(FileStore(folder))
    except ArtifactError:
        return
    for reply, schema in replies(serving(model)):
        check(reply, schema)


@pytest.mark.parametrize("value", [10**30, 2**62 + 1, 2**50, 0, -1, "1", None])
def test_a_size_that_cannot_be_is_refused_unread(copy: Path, value: object) -> None:
    """It is refused before memory is reserved for it."""
    manifest = json.loads((copy / form.MANIFEST).read_text())
    manifest["files"][form.TOP_ITEMS]["bytes"] = value
    (copy / form.MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(ArtifactError, match=r"manifest.json: files.top_items.npy.bytes "):
        load(FileStore(copy))


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a/b", "", ".", ".."])
def test_a_name_that_leads_elsewhere_is_refused(copy: Path, name: str) -> None:
    """Files of a model must be in its folder."""
    manifest = json.loads((copy / form.MANIFEST).read_text())
    manifest["files"][name] = manifest["files"][form.ITEMS]
    (copy / form.MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(ArtifactError, match="files"):
        load(FileStore(copy))


@pytest.mark.parametrize(
    "text", ["-" * 3800 + "1", "[" * 3000, "(" * 3000 + "1" + ")" * 3000, "{'descr': 1}"]
)
def test_a_header_of_a_thousand_brackets_is_refused(copy: Path, text: str) -> None:
    """Python's own parser fails for it."""
    size = (copy / form.TOP_ITEMS).stat().st_size
    head = b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()
    (copy / form.TOP_ITEMS).write_bytes(head.ljust(size, b"\0")[:size])
    if len(head) <= size:
        seal(copy)
    with pytest.raises(ArtifactError, match=r"top_items\.npy"):
        load(FileStore(copy))


def test_a_full_table_ends_every_search(copy: Path) -> None:
    """Known users are found, and the search for unknown ones ends."""
    model = load(FileStore(put(copy, form.USER_SLOTS, slice(None), 1)))
    assert model.ready(b"1") is not None
    assert model.ready(b"zzz") is None
    with pytest.raises(DamagedError, match="must have an empty slot among 1024"):
        model.body(b"zzz", 10)


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        (form.USER_SLOTS, 10**6, "must be a row of answers.npy"),
        (form.TOP_ITEMS, 30, "must have rows of items, and finite scores"),
        (form.TOP_ITEMS, -2, "must have rows of items, and finite scores"),
        (form.TOP_SCORES, math.nan, "must have rows of items, and finite scores"),
        (form.TOP_SCORES, -math.inf, "must have rows of items, and finite scores"),
    ],
)
def test_a_damaged_row_is_told_and_not_sent(
    copy: Path, name: str, value: float, rule: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The answer is 503 in the documented form; the reason is only in the log."""
    array = np.load(copy / name)
    put(copy, name, array > 0 if name == form.USER_SLOTS else slice(None), value)
    reply = call(serving(load(FileStore(copy))), query=b"uid=7&n=30")
    assert (reply.status, reply.json["error"]) == (503, "invalid_model")
    assert rule in caplog.records[-1].fields["message"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("text", [b"NaN", b'1","x', b"", b"01.0000", b"1.0000]", b"1e5"])
def test_a_ready_score_that_is_no_number_is_made_anew(copy: Path, whole: Path, text: bytes) -> None:
    """The answer is computed from the tables, which contain the same."""
    answers = np.load(copy / form.ANSWERS, mmap_mode="r+")
    answers["top"]["text"][:, 3], answers["top"]["length"][:, 3] = text, len(text)
    answers.flush()
    seal(copy)
    damaged, sound = serving(load(FileStore(copy))), serving(load(FileStore(whole)))
    assert call(damaged, query=b"uid=7") == call(sound, query=b"uid=7")


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        (b'["1","t"],["2","u"]', "lines of"),
        (b'["1"', "lines of"),
        (b'["1","t"', "lines of"),
        (b'["1","t","u"]', "lines of"),
        (b'["1",2]', "lines of"),
        (b'["1",["2"]]', "lines of"),
        (b'["1","\\ud800"]', "lines of"),
        (b'["1","\xff"]', "lines of"),
        (b'["1","\x01"]', "lines of"),
        (b'{"1":"t"}', "lines of"),
        (b' ["1","t"]', "lines of"),
        (b'["","t"]', "ids of 1 to 128 bytes"),
        (b'["\\u0007","t"]', "ids of 1 to 128 bytes"),
        (b'["' + b"1" * 129 + b'","t"]', "ids of 1 to 128 bytes"),
        (b'["1003","t"]', "name each item once"),
    ],
)
def test_an_item_line_that_is_not_whole_is_refused(copy: Path, line: bytes, rule: str) -> None:
    """The bytes between two scores of an answer are checked when the model is opened."""
    lines = (copy / form.ITEMS).read_bytes().split(b"\n")
    lines[7] = line
    (copy / form.ITEMS).write_bytes(b"\n".join(lines))
    seal(copy)
    with pytest.raises(ArtifactError, match=f"items.jsonl must (have|) ?{rule}"):
        load(FileStore(copy))


def test_lines_that_make_up_for_each_other_are_refused(copy: Path) -> None:
    """There are as many values as lines, but no line is valid."""
    lines = (copy / form.ITEMS).read_bytes().split(b"\n")
    lines[7:9] = [b'["a","b"],["c"', b'"d"]']
    (copy / form.ITEMS).write_bytes(b"\n".join(lines))
    seal(copy)
    with pytest.raises(ArtifactError, match="at line 8"):
        load(FileStore(copy))


@pytest.mark.parametrize(("name", "value"), [(form.POPULAR, 30), (form.POPULAR, -1), (form.ITEM_COUNTS, -5)])
def test_popular_items_are_items(copy: Path, name: str, value: int) -> None:
    """A hundred rows are checked when the model is opened."""
    with pytest.raises(ArtifactError, match=r"popular.npy\[0\] must be a row from 0 to 29"):
        load(FileStore(put(copy, name, slice(None), value)))


@pytest.mark.parametrize(("name", "value"), [(form.ITEM_FACTORS, math.nan), (form.ITEM_GRAM, math.inf)])
def test_factors_that_make_no_scores_are_told(copy: Path, name: str, value: float) -> None:
    """Live answers need finite factors; the ready answers still work."""
    app = serving(load(FileStore(put(copy, name, 0, value))))
    reply = call(app, "/v1/recommendations", method="POST", body=b'{"items": ["1003"]}', headers=[JSON])
    assert (reply.status, reply.json["error"]) == (503, "invalid_model")
    assert call(app, query=b"uid=7").status == 200


def test_values_of_the_manifest_are_bounded(copy: Path) -> None:
    """The manifest's size is bounded, too: nobody reads a gigabyte of it."""
    (copy / form.MANIFEST).write_bytes(b" " * (form.MAX_MANIFEST_BYTES + 1))
    with pytest.raises(ArtifactError, match=r"manifest.json must be at most 1,048,576 bytes long"):
        load(FileStore(copy))
