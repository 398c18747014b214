"""The HTTP interface: the same answers and errors by every path for the same question."""

import asyncio
import json
import logging
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.types import ASGIApp, Message

from service.app import create_app, create_rest
from service.front import guard
from service.loading import Current, Refusal, install
from service.metrics import Metrics
from service.model import Model
from service.settings import Settings
from service.worker import MAX_WAITING
from tests.service.asgi import Reply, call, send
from tests.service.models import Source


@pytest.fixture(scope="session")
def rest(settings: Settings, current: Current) -> ASGIApp:
    """FastAPI's part alone, without the hot path."""
    metrics = Metrics(current)
    return guard(create_rest(settings, current, metrics), metrics)


@pytest.fixture
def unloaded(settings: Settings) -> ASGIApp:
    return create_app(settings, Current())


def post(app: ASGIApp, body: object, *headers: tuple[bytes, bytes]) -> Reply:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = headers or ((b"content-type", b"application/json"),)
    return call(app, "/v1/recommendations", method="POST", body=content, headers=headers)


def quoted(user: str) -> bytes:
    return b"".join(b"%%%02X" % byte for byte in user.encode())


def test_every_user_gets_the_same_on_every_path(app: ASGIApp, rest: ASGIApp, source: Source) -> None:
    """The hot path, FastAPI's route and /v1 agree for each user, by plain and by escaped name."""
    for user in source.users:
        plain = user.encode() if user.isalnum() and user.isascii() else quoted(user)
        hot = call(app, query=b"uid=" + plain)
        assert hot == call(app, query=b"uid=" + quoted(user)) == call(rest, query=b"uid=" + plain)
        objects = call(app, "/v1/recommendations", b"uid=" + plain).json
        entries = [[item["item_id"], item["title"], item["score"]] for item in objects["items"]]
        assert (objects["uid"], objects["model"]) == (user, "test/1")
        assert hot.json == {"success": True, "uid": user, "model": "test/1", "response": entries}


@pytest.mark.parametrize("n", [1, 9, 10, 11, 100])
def test_every_n_gets_the_same_on_every_path(app: ASGIApp, rest: ASGIApp, n: int) -> None:
    """A shorter list is the beginning of a longer one."""
    query = b"uid=20&n=%d" % n
    hot = call(app, query=query)
    assert hot == call(rest, query=query)
    assert hot.json["response"] == call(app, query=b"uid=20&n=100").json["response"][:n]


@pytest.mark.parametrize(
    ("query", "status", "error"),
    [
        (b"uid=-1", 404, "unknown_user"),
        (b"uid=100000", 404, "unknown_user"),
        (b"uid=" + b"9" * 128, 404, "unknown_user"),
        (b"uid=020", 404, "unknown_user"),
        (b"uid=%20", 404, "unknown_user"),
        (b"uid=" + b"9" * 60_000, 422, "invalid_request"),
        (b"", 422, "invalid_request"),
        (b"uid", 422, "invalid_request"),
        (b"uid=", 422, "invalid_request"),
        (b"uid=20&uid=20", 422, "invalid_request"),
        (b"uid=20&n=0", 422, "invalid_request"),
        (b"uid=20&n=101", 422, "invalid_request"),
        (b"uid=20&n=10&n=10", 422, "invalid_request"),
        (b"uid=20&n=ten", 422, "invalid_request"),
        (b"uid=20&n=" + b"1" * 5000, 422, "invalid_request"),
        (b"uid=%00", 422, "invalid_request"),
        (b"uid=\xff\xfe", 422, "invalid_request"),
    ],
)
def test_wrong_questions_get_the_same_error_on_every_path(
    app: ASGIApp, rest: ASGIApp, query: bytes, status: int, error: str
) -> None:
    """Status, code and message are the same on each path."""
    reply = call(app, query=query)
    assert (reply.status, reply.json["success"], reply.json["error"]) == (status, False, error)
    assert reply == call(rest, query=query) == call(app, "/v1/recommendations", query)


def test_error_names_the_value(app: ASGIApp) -> None:
    """The message has the rule and the value."""
    assert (
        call(app, query=b"uid=20&n=0").json["message"] == "n must be a whole number from 1 to 100, got '0'."
    )
    assert call(app, query=b"uid=-1").json["message"] == "uid must be a user that the model knows, got '-1'."


@pytest.mark.parametrize(
    "path", ["/", "/v1/recommendations", "/v1/popular", "/health", "/metrics", "/nowhere"]
)
def test_head_is_get_without_the_body(app: ASGIApp, path: str) -> None:
    """It has the status and headers of GET, including the length."""
    got, head = call(app, path, b"uid=20"), call(app, path, b"uid=20", method="HEAD")
    assert (head.status, head.headers.keys(), head.body) == (got.status, got.headers.keys(), b"")
    if path != "/metrics":
        assert head.headers == got.headers


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"])
def test_wrong_method_is_told_the_right_ones(app: ASGIApp, method: str) -> None:
    """405 lists all methods of the path."""
    reply = call(app, query=b"uid=20", method=method)
    assert (reply.status, reply.json["error"], reply.headers["allow"]) == (
        405,
        "method_not_allowed",
        "GET, HEAD",
    )
    allowed = call(app, "/v1/recommendations", method=method).headers["allow"]
    assert allowed == "GET, HEAD, POST"


@pytest.mark.parametrize("path", ["/nowhere", "/health/", "//", "/v1", "/docs"])
def test_unknown_path_is_an_error_in_the_same_shape(app: ASGIApp, path: str) -> None:
    """The code is not_found, which differs from the unknown_user of a 404 for a user."""
    reply = call(app, path)
    assert (reply.status, reply.json["error"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("path", "query"),
    [("/", b"uid=20"), ("/v1/recommendations", b"uid=20"), ("/v1/popular", b""), ("/health", b"")],
)
def test_without_a_model_the_answer_is_503(unloaded: ASGIApp, path: str, query: bytes) -> None:
    """Until the model is loaded, /health is 503, too."""
    reply = call(unloaded, path, query)
    assert (reply.status, reply.json["error"]) == (503, "model_not_ready")


def test_post_without_a_model_is_503(unloaded: ASGIApp) -> None:
    """Live answers wait for the model, too."""
    assert post(unloaded, {"items": ["1000"]}).status == 503


def test_health_says_what_runs(app: ASGIApp, model: Model) -> None:
    """It contains the requested image, model and manifest's sha256."""
    assert call(app, "/health").json == {
        "success": True,
        "image": "sha256:" + "1" * 64,
        "model": "test/1",
        "model_sha256": model.sha256,
        "mode": "pinned",
        "refused": None,
    }


def test_health_says_what_was_refused(settings: Settings, model: Model) -> None:
    """A follower that keeps its old model answers 200 with the reason."""
    current = Current(refusal=Refusal(version="2", code="invalid_model", message="answers.npy must …"))
    install(current, model)
    refused = call(create_app(settings, current), "/health").json["refused"]
    assert refused == {"version": "2", "error": "invalid_model", "message": "answers.npy must …"}


def test_popular_items_are_objects(app: ASGIApp) -> None:
    """The most frequent is first, and there are ten by default."""
    assert [item["count"] for item in call(app, "/v1/popular", b"n=2").json["items"]] == [149, 148]
    assert len(call(app, "/v1/popular").json["items"]) == 10


def test_a_whole_number_with_a_point_is_a_whole_number(app: ASGIApp) -> None:
    """JSON knows one kind of number, and some clients write 2.0."""
    assert len(post(app, {"items": ["1000"], "n": 2.0}).json["items"]) == 2


def test_live_answer_leaves_the_given_items_out(app: ASGIApp) -> None:
    """Unknown items are listed, repeated ones count once, and given ones are not recommended."""
    reply = post(app, {"items": ["1000", "1001", "1000", "nope"], "n": 100}).json
    assert (len(reply["items"]), reply["unknown"]) == (100, ["nope"])
    assert not {"1000", "1001"} & {item["item_id"] for item in reply["items"]}
    scores = [item["score"] for item in reply["items"]]
    assert scores == sorted(scores, reverse=True)


def test_live_answer_needs_an_item_that_is_known(app: ASGIApp) -> None:
    """Without a known item there is no answer; the error code differs from the unknown user's."""
    reply = post(app, {"items": ["nope"]})
    assert (reply.status, reply.json["error"]) == (404, "unknown_items")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"items": []}, "body.items is wrong: List should have at least 1 item"),
        ({"items": ["1"] * 1001}, "body.items is wrong: List should have at most 1000 items"),
        ({"items": "1000"}, "body.items is wrong: Input should be a valid list"),
        ({"items": [1000]}, "body.items.0 is wrong: Input should be a valid string"),
        ({"items": [""]}, "body.items.0 is wrong: String should match pattern"),
        ({"items": ["1000"], "n": 0}, "body.n is wrong: Input should be greater than or equal to 1"),
        ({"items": ["1000"], "n": 101}, "body.n is wrong: Input should be less than or equal to 100"),
        ({"items": ["1000"], "n": "5"}, "body.n is wrong: Input should be a valid integer"),
        ({"items": ["1000"], "k": 5}, "body.k is wrong: Extra inputs are not permitted"),
        ({}, "body.items is wrong: Field required"),
        ([], "body is wrong: "),
        (b"{", "body.1 is wrong: JSON decode error"),
        (b'{"items": ["\\ud800"]}', "body.items.0 is wrong: "),
        (b"\xff", "body must be JSON in UTF-8, and not nested too deeply."),
        (b"[" * 100_000, "body must be JSON in UTF-8, and not nested too deeply."),
    ],
)
def test_body_that_breaks_a_rule_is_refused(app: ASGIApp, body: object, message: str) -> None:
    """The message begins with the field's path."""
    reply = post(app, body)
    assert (reply.status, reply.json["error"]) == (422, "invalid_request")
    assert reply.json["message"].startswith(message)


def test_body_of_another_type_is_refused(app: ASGIApp) -> None:
    """A form is not JSON, so it is refused."""
    assert post(app, b"items=1000", (b"content-type", b"application/x-www-form-urlencoded")).status == 422


def test_large_body_is_refused_unread(app: ASGIApp) -> None:
    """Its Content-Length is enough to refuse it."""
    reply = call(app, "/v1/recommendations", method="POST", headers=[(b"content-length", b"163841")])
    assert (reply.status, reply.json["error"]) == (413, "body_too_large")


def test_query_of_a_thousand_parameters_is_refused_on_every_path(app: ASGIApp) -> None:
    """It is refused before it is parsed, which would take milliseconds."""
    for path in ("/", "/v1/recommendations", "/v1/popular", "/health", "/nowhere"):
        reply = call(app, path, b"uid=20&" + b"%6e=1&" * 1000)
        assert (reply.status, reply.json["error"]) == (422, "invalid_request")
        assert reply.json["message"] == "A query must have at most 32 parameters, got 1,002."
    assert call(app, query=b"uid=20&" + b"a=1&" * 30).status == 200


def test_body_of_a_thousand_keys_is_one_error(app: ASGIApp) -> None:
    """A thousand errors would all be built before the first is returned."""
    reply = post(app, {"items": ["1000"], **{str(key): 1 for key in range(1000)}})
    assert (reply.status, reply.json["message"]) == (422, "body must have at most 16 keys, got 1,001.")
    assert len(post(app, {"items": [1] * 1000}).body) < 200


def test_longest_body_that_the_rules_allow_is_taken(app: ASGIApp) -> None:
    """A thousand ids of 128 bytes are accepted."""
    items = [f"{at:0>128}" for at in range(999)]
    assert len(post(app, {"items": ["1000", *items], "n": 1}).json["unknown"]) == 999


def test_live_answers_wait_for_their_turn_and_not_for_ever(app: ASGIApp) -> None:
    """Some wait while one is computed, more get 503 at once, and other requests do not wait for them."""

    async def story() -> None:
        body = json.dumps({"items": ["1000"], "n": 1}).encode()
        asked: dict[str, Any] = {
            "method": "POST",
            "body": body,
            "headers": [(b"content-type", b"application/json")],
        }
        live = [
            asyncio.create_task(send(app, "/v1/recommendations", **asked)) for _ in range(MAX_WAITING + 8)
        ]
        await asyncio.sleep(0)
        assert (await send(app, "/health")).status == 200
        found = [await each for each in live]
        busy = [reply for reply in found if reply.status == 429]
        assert [reply.status for reply in found].count(200) == MAX_WAITING
        assert len(busy) == 8
        assert (busy[0].json["error"], busy[0].headers["retry-after"]) == ("too_busy", "1")
        assert (await send(app, "/v1/recommendations", **asked)).status == 200

    asyncio.run(story())


def test_client_that_goes_away_is_no_error_of_ours(app: ASGIApp, caplog: pytest.LogCaptureFixture) -> None:
    """It disconnects in the middle of its body: nobody reads the answer, and nothing is logged."""
    messages: list[Message] = []

    async def gone() -> Message:
        return {"type": "http.disconnect"}

    headers = [(b"content-type", b"application/json")]
    reply = call(app, "/v1/recommendations", method="POST", headers=headers, messages=messages, receive=gone)
    assert reply.status == 408
    assert caplog.records == []


@pytest.mark.parametrize("path", ["/metrics", "/openapi.json"])
def test_what_is_for_those_who_run_it_has_a_port_of_its_own(
    settings: Settings, current: Current, path: str
) -> None:
    """The load balancer's port has none of these paths, with or without a management port and a base path."""
    based = settings.model_copy(update={"base_path": "/movies"})
    for port in (None, 9000):
        app = create_app(based, current, management_port=port)
        for asked in (path, f"/movies{path}"):
            for method in ("GET", "HEAD", "POST"):
                assert call(app, asked, method=method).status == 404
        assert call(app, asked).json == call(app, "/nowhere").json
        assert "openapi" not in call(app, "/nowhere").json["message"]
    assert call(create_app(settings, current, management_port=80), path).status == 200


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("invalid_model", "answers.npy must have a header."),
        ("model_not_found", "The log says why."),
        ("store_unavailable", "The log says why."),
        ("disk_failed", "The log says why."),
        ("bug", "The log says why."),
    ],
)
def test_health_tells_nobody_where_models_are_kept(
    settings: Settings, model: Model, code: str, shown: str
) -> None:
    """A problem inside the model is returned; the name of a bucket or a folder is only in the log."""
    said = "answers.npy must have a header." if code == "invalid_model" else "s3://bucket/models is missing."
    current = Current(refusal=Refusal(version="2", code=code, message=said))
    install(current, model)
    refused = call(create_app(settings, current), "/health").json["refused"]
    assert refused == {"version": "2", "error": code, "message": shown}


def test_body_without_a_length_is_refused(app: ASGIApp) -> None:
    """A chunked body could be endless."""
    reply = call(app, "/v1/recommendations", method="POST", headers=[(b"transfer-encoding", b"chunked")])
    assert (reply.status, reply.json["error"]) == (411, "length_required")


def test_bug_is_answered_in_the_same_shape(settings: Settings) -> None:
    """500 says only that there was an error; the exception is in the server's log."""
    broken = Current()
    broken.model = "not a model"  # type: ignore[assignment]
    messages: list[Message] = []
    with pytest.raises(AttributeError):
        call(create_app(settings, broken), "/health", messages=messages)
    reply = Reply.of(messages)
    assert (reply.status, reply.json["error"]) == (500, "internal_error")


def test_base_path_is_served_beside_the_root(settings: Settings, current: Current) -> None:
    """A load balancer routes by path and keeps the path; its health check uses the root."""
    app = create_app(settings.model_copy(update={"base_path": "/movies"}), current)
    answer = call(app, "/", b"uid=20")
    assert answer.status == 200
    assert call(app, "/movies/", b"uid=20") == answer == call(app, "/movies/", b"uid=%32%30")
    assert call(app, "/movies/health").status == call(app, "/health").status == 200
    assert call(app, "/moviesx/health").status == 404


def test_metrics_count_each_route(settings: Settings, current: Current) -> None:
    """Prometheus reads requests, latency and the model; unknown paths share one label."""
    app = create_app(settings, current, management_port=80)
    for path, query in [("/", b"uid=20"), ("/", b"uid=20"), ("/", b"uid=-1"), ("/a", b""), ("/b", b"")]:
        call(app, path, query)
    reply = call(app, "/metrics")
    families = {family.name: family for family in text_string_to_metric_families(reply.body.decode())}
    counts = {
        tuple(sample.labels.values()): sample.value for sample in families["recommender_requests"].samples
    }
    assert counts == {("/", "200"): 2, ("/", "404"): 1, ("other", "404"): 2}
    buckets = [
        sample.value
        for sample in families["recommender_request_seconds"].samples
        if sample.name.endswith("_bucket") and sample.labels["status"] == "200"
    ]
    assert buckets == sorted(buckets)
    assert buckets[-1] == 2
    info = families["recommender_model_info"].samples[0].labels
    assert info == {"model": "test/1", "sha256": current.model.sha256 if current.model else ""}
    assert reply.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize(("access_log", "lines"), [("off", 0), ("errors", 0), ("all", 3)])
def test_access_log_is_as_wanted(
    settings: Settings, current: Current, access_log: str, lines: int, caplog: pytest.LogCaptureFixture
) -> None:
    """With the setting there is one line for each request, and a 404 is no error."""
    app = create_app(settings.model_copy(update={"access_log": access_log}), current)
    with caplog.at_level(logging.INFO, "service"):
        for query in (b"uid=20", b"uid=20&n=%35", b"uid=-1"):
            call(app, query=query)
    assert len([record for record in caplog.records if record.message == "request"]) == lines


def test_access_log_tells_errors_of_ours(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    """By default a bug has a line, but a 503 while the model loads has none."""
    current = Current()
    with caplog.at_level(logging.INFO, "service"):
        call(create_app(settings, current), "/health")
        current.model = "not a model"  # type: ignore[assignment]
        with pytest.raises(AttributeError):
            call(create_app(settings, current), "/health")
    assert [record.fields["status"] for record in caplog.records] == [500]  # type: ignore[attr-defined]


def test_an_access_log_line_has_the_load_balancers_trace(
    settings: Settings, current: Current, caplog: pytest.LogCaptureFixture
) -> None:
    """With its trace id the line can be found from the load balancer's log; other callers have none."""
    app = create_app(settings.model_copy(update={"access_log": "all"}), current)
    with caplog.at_level(logging.INFO, "service"):
        call(app, query=b"uid=20", headers=[(b"x-amzn-trace-id", b"Root=1-2-3")])
        call(app, query=b"uid=20")
    fields = [record.fields for record in caplog.records]  # type: ignore[attr-defined]
    assert [each.get("trace") for each in fields] == ["Root=1-2-3", None]


def test_openapi_has_every_route_and_error(app: ASGIApp) -> None:
    """It contains parameters, bodies, and the one form of errors, from which clients are generated."""
    document = call(app, "/openapi.json").json
    paths = document["paths"]
    assert set(paths) == {"/", "/health", "/metrics", "/v1/popular", "/v1/recommendations"}
    assert [parameter["name"] for parameter in paths["/"]["get"]["parameters"]] == ["uid", "n"]
    for operation in (operations[method] for operations in paths.values() for method in operations):
        for status, response in operation["responses"].items():
            if status != "200":
                assert response["content"]["application/json"]["schema"] == {
                    "$ref": "#/components/schemas/Problem"
                }
