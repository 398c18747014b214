"""What a good body looks like. Each function returns what is wrong in a few words, None for nothing."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import jmespath

from wrapper.environment.release import ServiceRelease


def recommendations_problem(
    body: Any, *, uid: str | None, count: int, labels: Sequence[str] = ()
) -> str | None:
    """Check an answer to `/?uid=`: `count` rows of [id, title, score], best first, of this user and model.

    `labels` are the models it may come from; none is any.
    """
    return next(_recommendation_problems(body, uid, count, labels), None)


def error_problem(body: Any) -> str | None:
    """Check an error's body: `{"success": false, "error": "<code>", "message": "<sentence>"}`."""
    if not isinstance(body, dict):
        return f"the error must be an object, got {_short(body)}"
    if body.get("success") is not False:
        return f"success must be false, got {_short(body.get('success'))}"
    for key in ("error", "message"):
        if not isinstance(body.get(key), str) or not body[key]:
            return f"{key} must be text, got {_short(body.get(key))}"
    return None


def expectation_problem(body: Any, expect: Mapping[str, object]) -> str | None:
    """Check what the environment file says of a body: each JMESPath expression must give its value."""
    for expression, wanted in expect.items():
        try:
            found = jmespath.search(expression, body)
        except jmespath.exceptions.JMESPathError as error:  # such as the length of a number
            return f"{expression} must be {_short(wanted)}, got none: {str(error).splitlines()[0]}"
        if found != wanted or isinstance(found, bool) != isinstance(wanted, bool):
            return f"{expression} must be {_short(wanted)}, got {_short(found)}"
    return None


def items_of(body: Any) -> Sequence[tuple[str, str]] | None:
    """Return the id and title of each recommended item, best first; None if the body is no good list."""
    rows = body.get("response") if isinstance(body, dict) else None
    if not isinstance(rows, list) or next(_row_problems(rows), None):
        return None
    return [(item, title) for item, title, _ in rows]


def values_of(body: Any, expressions: Iterable[str]) -> dict[str, object]:
    """Return what each JMESPath expression finds in a body; None where it finds nothing or does not fit."""
    found: dict[str, object] = {}
    for expression in expressions:
        try:
            found[expression] = jmespath.search(expression, body)
        except jmespath.exceptions.JMESPathError:
            found[expression] = None
    return found


def health_problem(body: Any, *, release: ServiceRelease) -> str | None:
    """Check that what /health names of the image and the model is what was deployed; it need not name any.

    A name that cannot be one of ours, such as the kind of a model, is somebody else's.
    """
    if not isinstance(body, dict):
        return None
    wanted: dict[str, Any] = {"success": True}
    if _is_digest(body.get("image")):
        wanted["image"] = release.image_digest
    if release.model:
        served = [each for each in release.models if each.label == body.get("model")]
        model = next(iter(served), release.model)
        wanted["model_sha256"] = model.sha256
        if "model_sha256" in body or str(body.get("model")).startswith(f"{model.name}/"):
            wanted["model"] = model.label
    differing = (key for key in ("success", "image", "model", "model_sha256") if _differs(body, wanted, key))
    key = next(differing, None)
    return f"{key} must be {_short(wanted[key])}, got {_short(body.get(key))}" if key else None


def _differs(body: Mapping[str, Any], wanted: Mapping[str, Any], key: str) -> bool:
    return key in body and key in wanted and body[key] != wanted[key]


def _is_digest(value: object) -> bool:
    """Return whether a value is an image's digest; null means that the service does not know it."""
    return value is None or (isinstance(value, str) and value.startswith("sha256:"))


def _recommendation_problems(body: Any, uid: str | None, count: int, labels: Sequence[str]) -> Iterator[str]:
    if not isinstance(body, dict):
        yield f"the body must be an object, got {_short(body)}"
        return
    if body.get("success") is not True:
        yield f"success must be true, got {_short(body.get('success'))}"
    if uid is not None and body.get("uid") != uid:
        yield f"uid must be {_short(uid)}, got {_short(body.get('uid'))}"
    if labels and body.get("model") not in labels:
        yield f"model must be {_short(' or '.join(labels))}, got {_short(body.get('model'))}"
    rows = body.get("response")
    if not isinstance(rows, list):
        yield f"response must be a list, got {_short(rows)}"
        return
    if len(rows) != count:
        yield f"response must have {count} rows, got {len(rows)}"
    yield from _row_problems(rows)


def _row_problems(rows: Sequence[Any]) -> Iterator[str]:
    for number, row in enumerate(rows):
        if not _is_row(row):
            yield f"response[{number}] must be [id, title, score], got {_short(row)}"
            return
    for number, (_, title, score) in enumerate(rows):
        if not title.strip():
            yield f"response[{number}] must have a title, got {_short(title)}"
        if not math.isfinite(score):
            yield f"response[{number}] must have a finite score, got {score}"
    ids = [row[0] for row in rows]
    if len(set(ids)) < len(ids):
        twice = next(item for item in ids if ids.count(item) > 1)
        yield f"response must name each item once, got {_short(twice)} twice"
    scores = [row[2] for row in rows]
    if any(later > earlier for earlier, later in pairwise(scores)):
        yield "response must begin with the best score, got a better one later"


def _is_row(row: Any) -> bool:
    return (
        isinstance(row, list)
        and len(row) == 3
        and isinstance(row[0], str)
        and isinstance(row[1], str)
        and isinstance(row[2], int | float)
        and not isinstance(row[2], bool)
    )


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
