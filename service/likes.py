"""Parse and answer the body of `POST /v1/recommendations`. It takes milliseconds, so it runs in a thread."""

import gc
import json
from dataclasses import asdict

from pydantic import ValidationError

from service import schemas
from service.fold_in import fold_in
from service.model import Model
from service.problems import UnknownItems
from service.query import InvalidRequest

# Two keys are known, and pydantic would build an error for each unknown one.
_MAX_KEYS = 16


def answer(model: Model, content: bytes) -> bytes:
    """Return the JSON answer to a body that names liked items.

    Raises InvalidRequest, UnknownItems if the model has none of the items, and DamagedError.
    """
    likes = parse(content)
    rows = {item: model.item_rows.get(item) for item in likes.items}
    known = sorted(row for row in rows.values() if row is not None)
    if not known:
        raise UnknownItems("body.items must name at least one item that the model has.")
    found = schemas.FoldedIn(
        model=model.label,
        items=[schemas.Item(**asdict(item)) for item in fold_in(model, known, likes.n)],
        unknown=[item for item, row in rows.items() if row is None],
    )
    return found.model_dump_json().encode()


def parse(content: bytes) -> schemas.Likes:
    """Parse the body, or raise InvalidRequest with the first three problems."""
    # Fifty thousand empty lists would start the garbage collector again and again, and JSON has no cycles.
    gc.disable()
    try:
        body = json.loads(content.decode())
    except json.JSONDecodeError as error:
        raise InvalidRequest(f"body.{error.pos} is wrong: JSON decode error.") from None
    except (ValueError, RecursionError):  # Other bytes than UTF-8, too many digits or brackets.
        raise InvalidRequest("body must be JSON in UTF-8, and not nested too deeply.") from None
    finally:
        gc.enable()
    if isinstance(body, dict) and len(body) > _MAX_KEYS:
        raise InvalidRequest(f"body must have at most {_MAX_KEYS} keys, got {len(body):,}.")
    try:
        return schemas.Likes.model_validate(body)
    except ValidationError as error:
        # Three are enough to act on.
        problems = error.errors(include_url=False, include_input=False)[:3]
        sentences = (
            f"{'.'.join(map(str, ('body', *problem['loc'])))} is wrong: {problem['msg']}."
            for problem in problems
        )
        raise InvalidRequest(" ".join(sentences)) from None
