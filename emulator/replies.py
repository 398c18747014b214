"""ministack's replies, typed: status, headers, body."""

from typing import Any

from ministack.core.responses import error_response_json, json_response

Response = tuple[int, dict[str, Any], Any]


def as_json(payload: object) -> Response:
    response: Response = json_response(payload)
    return response


def as_error(code: str, message: str) -> Response:
    """Refuse a call of one of the JSON protocols."""
    response: Response = error_response_json(code, message, 400)
    return response
