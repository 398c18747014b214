"""The HTTP interface: FastAPI's routes, with the hot path in front of them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from starlette.types import ASGIApp

from service import likes, schemas
from service.artifact_format import ID_PATTERN, MAX_TOP, READY
from service.errors import ArtifactError
from service.front import guard, hot_path
from service.loading import Current, Refusal
from service.metrics import Metrics
from service.model import Model
from service.problems import NotReady, UnknownUser, answer_problems, documented
from service.query import InvalidRequest, parse_n, parse_query
from service.settings import Settings
from service.worker import Worker

Background = Callable[[], Coroutine[Any, Any, None]]
OnFailure = Callable[[BaseException], None]

# Declared here for OpenAPI alone. service.query parses them, so that `/` and `/v1/recommendations` agree.
_UID = {"name": "uid", "in": "query", "required": True, "schema": {"type": "string", "pattern": ID_PATTERN}}
_N = {
    "name": "n",
    "in": "query",
    "schema": {"type": "integer", "minimum": 1, "maximum": MAX_TOP, "default": READY},
}
_LIKES = schemas.Likes.model_json_schema()


def create_app(
    settings: Settings,
    current: Current,
    *,
    background: Background | None = None,
    on_failure: OnFailure | None = None,
    management_port: int | None = None,
    metrics: Metrics | None = None,
) -> ASGIApp:
    """Build the whole application, which answers from the model in `current`.

    Only `management_port` answers /metrics and /openapi.json; without one, nothing does. `background` runs
    from start-up to shutdown; if it raises, `on_failure` gets the error.
    """
    metrics = metrics or Metrics(current)
    rest = create_rest(settings, current, metrics)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        task = asyncio.create_task(background()) if background else None

        def ended(task: asyncio.Task[None]) -> None:
            error = None if task.cancelled() else task.exception()
            if error is not None and on_failure is not None:
                on_failure(error)

        if task is not None:
            task.add_done_callback(ended)
        yield
        if task is not None:
            task.cancel()

    rest.router.lifespan_context = lifespan
    guarded = guard(rest, metrics, access_log=settings.access_log, management_port=management_port)
    return hot_path(guarded, current, metrics, access_log=settings.access_log, base_path=settings.base_path)


def create_rest(settings: Settings, current: Current, metrics: Metrics) -> FastAPI:
    """Build FastAPI's part: every route, without the hot path and without the guard."""
    app = FastAPI(
        title="Recommender",
        version="1",
        # These pages load scripts from other hosts, and /openapi.json is all that a tool needs.
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.include_router(_routes(settings, current, metrics))
    answer_problems(app)
    return app


def _routes(settings: Settings, current: Current, metrics: Metrics) -> APIRouter:
    router = APIRouter()
    worker = Worker()

    def served() -> Model:
        if current.model is None:
            raise NotReady
        return current.model

    @router.get(
        "/",
        responses={200: {"model": schemas.Answer}, **documented(404, 422, 503)},
        openapi_extra={"parameters": [_UID, _N]},
    )
    async def answer(request: Request) -> Response:
        """Recommend items to a user; the hot path answers with the same bytes."""
        query = parse_query(request.scope["query_string"])
        body = served().body(query.uid, query.n)
        if body is None:
            raise UnknownUser(_unknown(query.uid))
        return Response(body, media_type="application/json")

    @router.get(
        "/v1/recommendations",
        responses=documented(404, 422, 503),
        openapi_extra={"parameters": [_UID, _N]},
    )
    async def recommendations(request: Request) -> schemas.Recommendations:
        """Recommend items to a user."""
        query = parse_query(request.scope["query_string"])
        model = served()
        found = model.recommend(query.uid, query.n)
        if found is None:
            raise UnknownUser(_unknown(query.uid))
        items = [schemas.Item(**asdict(item)) for item in found]
        return schemas.Recommendations(uid=query.uid.decode(), model=model.label, items=items)

    @router.post(
        "/v1/recommendations",
        responses={200: {"model": schemas.FoldedIn}, **documented(404, 408, 411, 413, 422, 429, 503)},
        openapi_extra={
            "requestBody": {"required": True, "content": {"application/json": {"schema": _LIKES}}}
        },
    )
    async def folded_in(request: Request) -> Response:
        """Recommend items to an unknown user, scored live from the items that they like."""
        model = served()
        given = request.headers.get("content-type", "")
        if given.partition(";")[0].strip().lower() != "application/json":
            raise InvalidRequest(f"content-type must be application/json, got {given[:40]!r}.")
        with worker.admit():
            body = await worker.run(likes.answer, model, await request.body())
        return Response(body, media_type="application/json")

    @router.get("/v1/popular", responses=documented(422, 503), openapi_extra={"parameters": [_N]})
    async def popular(request: Request) -> schemas.Popular:
        """List the items that occur most often in the training data."""
        n = parse_n(request.scope["query_string"])
        model = served()
        items = [schemas.PopularItem(**asdict(item)) for item in model.popular(n)]
        return schemas.Popular(model=model.label, items=items)

    @router.get("/health", responses=documented(503))
    async def health() -> schemas.Health:
        """Report the image and the model that run; 200 only if a model is loaded."""
        model, refusal = served(), current.refusal
        return schemas.Health(
            image=settings.image_digest,
            model=model.label,
            model_sha256=model.sha256,
            mode=settings.model_mode,
            refused=_shown(refusal),
        )

    @router.get("/metrics", response_class=Response, responses={200: _PLAIN_TEXT})
    async def exposition() -> Response:
        """Report requests, latencies and model loads in Prometheus' text format."""
        content, content_type = metrics.render()
        return Response(content, headers={"content-type": content_type})

    return router


_PLAIN_TEXT: dict[str, Any] = {"content": {"text/plain": {"schema": {"type": "string"}}}}


def _shown(refusal: Refusal | None) -> schemas.Refused | None:
    """Return the refusal without the address of the model store, which other messages contain."""
    if refusal is None:
        return None
    message = refusal.message if refusal.code == ArtifactError.code else "The log says why."
    return schemas.Refused(version=refusal.version, error=refusal.code, message=message)


def _unknown(uid: bytes) -> str:
    return f"uid must be a user that the model knows, got {uid.decode()!r}."
