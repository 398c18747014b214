"""The type of ministack's replies (status, headers, body), and JSON replies."""

from typing import Any

from ministack.core.responses import error_response_json, json_response

Response = tuple[int, dict[str, Any], Any]


def as_json(payload: object) -> Response:
    """Return a successful reply in the form of the JSON protocols."""
    response: Response = json_response(payload)
    return response


def as_error(code: str, message: str) -> Response:
    """Return an error in the form of the JSON protocols."""
    response: Response = error_response_json(code, message, 400)
    return response
