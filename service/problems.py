"""Errors to answers: one table, one shape."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from service.query import InvalidRequest
from service.schemas import Problem

_CODES = {
    404: "not_found",
    405: "method_not_allowed",
    411: "length_required",
    413: "body_too_large",
    422: "invalid_request",
    500: "internal_error",
    503: "model_not_ready",
}
_MESSAGES = {
    404: "There is nothing at this path; /openapi.json lists what there is.",
    405: "This path does not take this method.",
    500: "Something went wrong here; the log has the details.",
}


class UnknownUser(Exception):
    """The model has not met this user."""


class UnknownItems(Exception):
    """The model has none of the items given."""


class NotReady(Exception):
    """There is no model yet."""


def problem(status: int, message: str | None = None, *, error: str | None = None) -> JSONResponse:
    """Build the answer of everything that went wrong."""
    body = Problem(
        error=error or _CODES.get(status, "http_error"),
        message=message or _MESSAGES.get(status, HTTPStatus(status).phrase),
    )
    return JSONResponse(body.model_dump(), status_code=status)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Declare a route's errors for OpenAPI."""
    return {status: {"model": Problem} for status in statuses}


def answer_problems(app: FastAPI) -> None:
    """Register the table: which exception is which answer.

    Coroutines all, though nothing waits: a plain function would cost each refusal a trip to a thread.
    """

    @app.exception_handler(InvalidRequest)
    async def invalid(_: Request, error: InvalidRequest) -> Response:
        return problem(422, str(error))

    @app.exception_handler(RequestValidationError)
    async def invalid_body(_: Request, error: RequestValidationError) -> Response:
        # Three are enough to act on; a list of a thousand wrong items has a thousand.
        return problem(422, " ".join(_sentence(detail) for detail in error.errors()[:3]))

    @app.exception_handler(UnknownUser)
    async def unknown(_: Request, error: UnknownUser) -> Response:
        return problem(404, str(error), error="unknown_user")

    @app.exception_handler(UnknownItems)
    async def unknown_items(_: Request, error: UnknownItems) -> Response:
        return problem(404, str(error), error="unknown_items")

    @app.exception_handler(NotReady)
    async def not_ready(_: Request, __: NotReady) -> Response:
        return problem(503, "The model is still being loaded; try again in a few seconds.")

    @app.exception_handler(HTTPException)
    async def http_error(request: Request, error: HTTPException) -> Response:
        if error.status_code == 400:
            # What FastAPI raises for a body that it cannot decode, while a wrong one is 422.
            return problem(422, "body must be JSON in UTF-8, and not nested too deeply.")
        answer = problem(error.status_code)
        answer.headers.update(error.headers or {})
        if error.status_code == 405:
            answer.headers["allow"] = ", ".join(_allowed(app, request.url.path))
        return answer

    @app.exception_handler(500)
    async def internal(_: Request, __: Exception) -> Response:
        return problem(500)


def _allowed(app: FastAPI, path: str) -> list[str]:
    """Name every method of a path; Starlette names those of its first route only."""
    methods = {method.upper() for method in app.openapi()["paths"].get(path, {})}
    return sorted(methods | {"HEAD"} if "GET" in methods else methods)


def _sentence(detail: dict[str, Any]) -> str:
    path = ".".join(str(part) for part in detail["loc"])
    return f"{path} is wrong: {detail['msg']}."
