"""Which error gives which answer: one table of statuses and codes, one JSON body for all."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response

from service.errors import DamagedError
from service.log import logger
from service.query import InvalidRequest
from service.schemas import Problem
from service.worker import QueueFull

_CODES = {
    400: "bad_request",
    404: "not_found",
    405: "method_not_allowed",
    408: "request_timeout",
    411: "length_required",
    413: "body_too_large",
    414: "uri_too_long",
    422: "invalid_request",
    429: "too_busy",
    431: "head_too_large",
    500: "internal_error",
    503: "model_not_ready",
}
_MESSAGES = {
    404: "There is nothing at this path.",
    405: "This path does not take this method.",
    500: "The service failed; the log has the details.",
}


class UnknownUser(Exception):
    """The model does not know this user."""


class UnknownItems(Exception):
    """The model has none of the items given."""


class NotReady(Exception):
    """No model is loaded yet."""


def problem(status: int, message: str | None = None, *, error: str | None = None) -> JSONResponse:
    """Build an error's answer; `message` and `error` have a default for each status."""
    body = Problem(
        error=error or _CODES.get(status, "http_error"),
        message=message or _MESSAGES.get(status, HTTPStatus(status).phrase),
    )
    return JSONResponse(body.model_dump(), status_code=status)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Declare a route's errors for OpenAPI."""
    return {status: {"model": Problem} for status in statuses}


def answer_problems(app: FastAPI) -> None:
    """Register an answer for each exception.

    All handlers are coroutines, although none waits: Starlette would run a plain function in a thread.
    """

    @app.exception_handler(InvalidRequest)
    async def invalid(_: Request, error: InvalidRequest) -> Response:
        return problem(422, str(error))

    @app.exception_handler(UnknownUser)
    async def unknown(_: Request, error: UnknownUser) -> Response:
        return problem(404, str(error), error="unknown_user")

    @app.exception_handler(UnknownItems)
    async def unknown_items(_: Request, error: UnknownItems) -> Response:
        return problem(404, str(error), error="unknown_items")

    @app.exception_handler(NotReady)
    async def not_ready(_: Request, __: NotReady) -> Response:
        return problem(503, "The model is still being loaded; try again in a few seconds.")

    @app.exception_handler(QueueFull)
    async def queue_full(_: Request, __: QueueFull) -> Response:
        answer = problem(429, "Too many of these requests are waiting; try again in a second.")
        answer.headers["retry-after"] = "1"
        return answer

    @app.exception_handler(DamagedError)
    async def damaged(_: Request, error: DamagedError) -> Response:
        logger.error("model_damaged", extra={"fields": {"message": error.message}})
        return problem(
            503, "The model is damaged and cannot answer this request; the log says why.", error=error.code
        )

    @app.exception_handler(ClientDisconnect)
    async def gone(_: Request, __: ClientDisconnect) -> Response:
        return problem(408)

    @app.exception_handler(HTTPException)
    async def http_error(request: Request, error: HTTPException) -> Response:
        answer = problem(error.status_code)
        answer.headers.update(error.headers or {})
        if error.status_code == 405:
            answer.headers["allow"] = ", ".join(_allowed(app, request.url.path))
        return answer

    @app.exception_handler(500)
    async def internal(_: Request, __: Exception) -> Response:
        return problem(500)


def _allowed(app: FastAPI, path: str) -> list[str]:
    """Return every method of a path; Starlette names those of its first route only."""
    methods = {method.upper() for method in app.openapi()["paths"].get(path, {})}
    return sorted(methods | {"HEAD"} if "GET" in methods else methods)
