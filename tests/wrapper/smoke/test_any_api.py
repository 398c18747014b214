"""Smoke tests of other APIs: any method, headers, bodies, forms and files, any answer."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from service.artifact import write_artifact
from tests.service.models import arguments, make_source
from tests.service.s3 import serve
from tests.serving import server_of
from wrapper import model, smoke
from wrapper.aws.client import Aws
from wrapper.environment import Image, Model, Service, Smoke, SmokeRequest
from wrapper.environment.release import ModelVersion, ServiceRelease
from wrapper.errors import ConfigError
from wrapper.model import users
from wrapper.smoke.verdict import Check, Verdict

DIGEST = f"sha256:{'a' * 64}"
IRIS = ModelVersion(name="iris", version="2", sha256="b" * 64)
RELEASE = ServiceRelease(image=f"repo@{DIGEST}", repository_arn=None, model=IRIS, desired_count=1)


@dataclass
class Api:
    """Gives all requests one answer, but /health the one of `health`, and records the requests."""

    status: int = 200
    answer: bytes = b'{"label": "cat", "score": 0.9}'
    health: bytes = b"OK"
    asked: list[tuple[str, str]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


@contextmanager
def serving(api: Api) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one packet

        def do_GET(self) -> None:
            is_health = self.path == "/health"
            if not is_health:
                api.asked.append((self.command, self.path))
                api.headers = {name.lower(): value for name, value in self.headers.items()}
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            api.body = api.body if is_health else sent
            body = api.health if is_health else api.answer
            self.send_response(200 if is_health else api.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(b"" if self.command == "HEAD" else body)

        do_POST = do_PUT = do_DELETE = do_HEAD = do_GET  # noqa: N815 - the library's names

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    with server_of(Handler) as port:
        yield f"http://127.0.0.1:{port}"


def service(*requests: SmokeRequest) -> Service:
    return Service(
        image=Image(context="."),
        model=Model(name="iris"),
        smoke=Smoke(attempts=1, latency_ms=30_000, requests=requests),
    )


def asked(api: Api, root: Path = Path(), **request: Any) -> Verdict:
    declared = service(SmokeRequest(path="/predict", **request))
    nowhere = Aws(region="eu-west-1", endpoint_url="http://127.0.0.1:1")
    material = smoke.gather(nowhere, declared, root=root, bucket="models", release=RELEASE)
    with serving(api) as url:
        return smoke.probe(
            url,
            service=declared,
            release=RELEASE,
            material=material,
            progress=lambda _: None,
            grace_seconds=0,
        )


def failure(verdict: Verdict) -> Check:
    [failed] = verdict.failures
    return failed


def test_json_is_posted() -> None:
    """A request with a body is a POST by default, and the answer is shown."""
    api = Api()
    verdict = asked(api, body={"words": ["Käse", 1]}, expect={"label": "cat"})
    assert verdict.ok
    assert (api.asked, api.headers["content-type"]) == ([("POST", "/predict")], "application/json")
    assert json.loads(api.body) == {"words": ["Käse", 1]}
    assert str(verdict.sample) == 'POST /predict → {"label": "cat", "score": 0.9}'
    assert verdict.checks[1].name == "POST /predict"


def test_text_is_sent_as_it_is() -> None:
    """A line of CSV, for example, is sent with the content type of the headers."""
    api = Api()
    assert asked(api, body="5.1,3.5\n", headers={"content-type": "text/csv", "X-Api-Key": "k"}).ok
    assert (api.body, api.headers["content-type"], api.headers["x-api-key"]) == (
        b"5.1,3.5\n",
        "text/csv",
        "k",
    )
    assert asked(api, body="5.1").ok
    assert api.headers["content-type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize("value", [0, False, [], {}, ""])
def test_empty_values_are_bodies_too(value: object) -> None:
    """Only null means no body."""
    api = Api()
    assert asked(api, body=value).ok
    assert (api.asked[0][0], api.body) == ("POST", b"" if value == "" else json.dumps(value).encode())


def test_a_form_is_sent_by_any_method() -> None:
    """It is url-encoded, as by a browser."""
    api = Api()
    assert asked(api, form={"a": "1 & 2"}, method="PUT").ok
    assert (api.asked[0][0], api.body) == ("PUT", b"a=1+%26+2")


def test_a_file_is_uploaded(tmp_path: Path) -> None:
    """The request equals that of `curl -F image=@cat.jpg -F top=3`: name, type and content."""
    (tmp_path / "cat.jpg").write_bytes(b"\xff\xd8picture")
    api = Api()
    assert asked(api, tmp_path, files={"image": "cat.jpg"}, form={"top": "3"}).ok
    assert api.headers["content-type"].startswith("multipart/form-data; boundary=")
    for part in (b'name="image"; filename="cat.jpg"', b"image/jpeg", b"\xff\xd8picture", b'name="top"'):
        assert part in api.body


def test_a_file_that_is_gone_is_told_before_anything_changes(tmp_path: Path) -> None:
    """The file existed when the environment file was read."""
    with pytest.raises(ConfigError, match=r"smoke\.requests\.0\.files\.image must be a readable file, got x"):
        asked(Api(), tmp_path, files={"image": "x"})


def test_head_has_no_body() -> None:
    """Only its status is checked."""
    api = Api(status=204)
    assert asked(api, method="HEAD", status=204).ok
    assert api.asked == [("HEAD", "/predict")]


@pytest.mark.parametrize(
    ("answer", "request_", "said"),
    [
        (b"<h1>Hello</h1>", {"text": "Bye"}, "the body must hold 'Bye', got b'<h1>Hello</h1>'"),
        (b'{"label": "dog"}', {"expect": {"label": "cat"}}, "label must be 'cat', got 'dog'"),
        (b"{}", {"status": 201}, "must be status 201, got status 200"),
    ],
)
def test_an_answer_that_is_not_as_declared_fails(answer: bytes, request_: Any, said: str) -> None:
    """Text, values and status are compared."""
    assert said in failure(asked(Api(answer=answer), **request_)).detail


def test_text_is_found() -> None:
    """It is searched in a page that is no JSON; the shown part is one line."""
    verdict = asked(Api(answer=b"<h1>\n Hello</h1>"), text="Hello")
    assert verdict.ok
    assert str(verdict.sample) == "GET /predict → <h1> Hello</h1>"


def test_a_picture_is_shown_by_its_size() -> None:
    """Its bytes are not readable."""
    assert str(asked(Api(answer=b"\x89PNG\xff")).sample) == "GET /predict → 5 bytes"


def test_errors_of_another_api_have_their_own_words() -> None:
    """Only a smoke test with users requires the recommender's errors, with a model or without."""
    assert asked(Api(status=422, answer=b"no"), status=422).ok


@pytest.mark.parametrize(
    "health",
    [
        b"OK",
        b"[]",
        b'{"status": "up"}',
        b'{"model": "RandomForestClassifier", "image": "python:3.13"}',
        b'{"model": "google/vit-base"}',
        b'{"model": "iris/2"}',
        b'{"success": true, "image": "%s", "model": "iris/2", "model_sha256": "%s"}'
        % (DIGEST.encode(), b"b" * 64),
    ],
)
def test_health_need_only_be_a_200(health: bytes) -> None:
    """An answer without image and model, or with others than the wrapper's form, is accepted."""
    assert asked(Api(health=health)).ok


@pytest.mark.parametrize(
    ("health", "said"),
    [
        (b'{"model": "iris/1"}', "model must be 'iris/2', got 'iris/1'"),
        (b'{"image": "sha256:0"}', "image must be"),
        (b'{"model_sha256": "0"}', "model_sha256 must be"),
        (b'{"success": false}', "success must be True, got False"),
    ],
)
def test_what_health_names_must_be_what_was_deployed(health: bytes, said: str) -> None:
    """An old task behind the load balancer is found by any of the keys in its answer."""
    assert said in failure(asked(Api(health=health))).detail


def test_a_user_of_no_recommender_is_refused() -> None:
    """Without users in its model, or without a model, no user can be asked for."""
    declared = service(SmokeRequest(path="/?uid={uid}"))
    plain = ServiceRelease(image=f"repo@{DIGEST}", repository_arn=None, model=None, desired_count=1)
    aws = Aws(region="eu-west-1")
    with pytest.raises(ConfigError, match=r"smoke\.requests\.0\.path must name a user .* with no model"):
        smoke.gather(aws, declared, root=Path(), bucket="models", release=plain)


def test_users_come_from_the_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the first with ten items left, as the trainer has written; the unknown one is in no model."""
    source = make_source(users=12, items=30)
    seen = frozenset({(0, item) for item in range(25)})
    write_artifact(tmp_path / "model", **arguments(replace(source, seen=seen)))
    declared = service(SmokeRequest(path="/?uid={uid}"), SmokeRequest(path="/?uid={nobody}", status=404))
    films = ModelVersion(name="films", version="1", sha256="c" * 64)
    with serve() as s3:
        for file in (tmp_path / "model").iterdir():
            s3.objects[f"models/models/films/1/{file.name}"] = file.read_bytes()
        for name, value in s3.environment.items():
            monkeypatch.setenv(name, value)
        aws = Aws(region="eu-west-1", endpoint_url=s3.endpoint)
        release = replace(RELEASE, model=films)
        people = smoke.gather(aws, declared, root=Path(), bucket="models", release=release).people
        assert people["{uid}"] == source.users[1]
        assert people["{nobody}"] not in source.users
        some = model.some_users(aws, bucket="models", version=films, count=5)
        assert (len(some), len(set(some) & set(source.users))) == (5, 5)
        with monkeypatch.context() as large:
            large.setattr(users, "_SMALL", 0)
            assert model.some_users(aws, bucket="models", version=films, count=5) == some
        assert set(model.some_users(aws, bucket="models", version=films, count=99)) == set(source.users)
        s3.objects["models/models/films/1/manifest.json"] = b'{"format": "file", "files": {}}'
        assert model.a_user(aws, bucket="models", version=films) is None
        assert model.some_users(aws, bucket="models", version=films, count=5) == []


def test_odd_users_are_quoted() -> None:
    """Any characters of an id are one value of the query."""
    api = Api()
    declared = service(SmokeRequest(path="/?uid={uid}"))
    material = smoke.Material(people={"{uid}": "a&n=5 ü"})
    with serving(api) as url:
        assert smoke.probe(
            url, service=declared, release=RELEASE, material=material, progress=lambda _: None
        ).ok
    assert api.asked == [("GET", "/?uid=a%26n%3D5%20%C3%BC")]
