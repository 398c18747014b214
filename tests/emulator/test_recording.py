"""Whole requests in a file: with their caller, once each, without secrets and objects."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emulator.recording import Recording

SIGNED = "AWS4-HMAC-SHA256 Credential={key}/20260301/eu-west-1/{service}/aws4_request, SignedHeaders=host"
Note = Callable[..., None]


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    made = Recording()
    made.open(tmp_path / "recording.jsonl")
    return made


@pytest.fixture
def lines(tmp_path: Path) -> Callable[[], list[dict[str, Any]]]:
    return lambda: [json.loads(line) for line in (tmp_path / "recording.jsonl").read_text().splitlines()]


@pytest.fixture
def note(recording: Recording) -> Note:
    """Record a request of the role shop-prod-github-apply to ECS, changed as the test says."""

    def request(
        body: bytes = b"{}", *, key: str = "shop-prod-github-apply", service: str = "ecs", **changes: Any
    ) -> None:
        headers = {
            "authorization": SIGNED.format(key=key, service=service),
            "x-amz-security-token": changes.pop("step", "apply"),
            "x-amz-date": "20260301T000000Z",
            **changes.pop("headers", {}),
        }
        whole: dict[str, Any] = {
            "method": "POST",
            "path": "/",
            "query": "",
            "length": len(body),
            "status": 200,
        } | changes
        recording.request(headers=headers, body=body, **whole)

    return request


def test_request_says_who_made_it_in_which_step(note: Note, lines: Callable[[], Any]) -> None:
    """The key's role is the caller, and the session's token is the step; no signature is kept."""
    note(b'{"cluster":"shop"}', headers={"x-amz-target": "X.DescribeClusters", "content-type": "a/b"})
    assert lines() == [
        {
            "caller": "shop-prod-github-apply",
            "step": "apply",
            "service": "ecs",
            "region": "eu-west-1",
            "method": "POST",
            "path": "/",
            "query": "",
            "headers": {"x-amz-target": "X.DescribeClusters", "content-type": "a/b"},
            "body": '{"cluster":"shop"}',
            "status": 200,
        }
    ]


def test_same_request_is_written_once(note: Note, lines: Callable[[], Any]) -> None:
    """Other ids, times and answers make no other request; another caller, step or content does."""
    note(b'{"clientToken":"01234567-89ab-cdef-0123-456789abcdef","startTime":1772323200000}')
    note(b'{"clientToken":"11111111-89ab-cdef-0123-456789abcdef","startTime":1772323299999}', status=400)
    assert len(lines()) == 1
    note(b'{"account":"111111111111"}')
    note(b'{"account":"222222222222"}')
    note(key="shop-prod-github-plan")
    note(step="destroy")
    assert len(lines()) == 5


@pytest.mark.parametrize("query", ["", "partNumber=1&uploadId=u"])
def test_content_of_an_object_is_left_out(note: Note, lines: Callable[[], Any], query: str) -> None:
    """A state contains values in plain text, so only its length is kept."""
    note(b"secret", service="s3", method="PUT", path="/state/app.tfstate", query=query)
    assert [(line["body"], line["length"]) for line in lines()] == [("", 6)]


def test_what_sets_a_bucket_up_is_kept(note: Note, lines: Callable[[], Any]) -> None:
    """A bucket's policy is no object."""
    note(b"{}", service="s3", method="PUT", path="/models", query="policy")
    assert lines()[0]["body"] == "{}"


def test_body_beyond_the_limit_is_left_out(note: Note, lines: Callable[[], Any]) -> None:
    """Half a document would be judged as an invalid one."""
    note(b"{", length=5_000_000)
    assert (lines()[0]["body"], lines()[0]["length"]) == ("", 5_000_000)


@pytest.mark.parametrize(
    ("target", "body"),
    [
        ("secretsmanager.CreateSecret", {"Name": "a", "SecretString": 'x"hidden'}),
        ("AmazonSSM.PutParameter", {"Name": "a", "Value": "hidden"}),
        (
            "AmazonEC2ContainerServiceV20141113.RunTask",
            {"overrides": {"environment": [{"name": "DB_PASSWORD", "value": "hidden"}]}},
        ),
    ],
)
def test_secrets_are_masked(note: Note, lines: Callable[[], Any], target: str, body: Any) -> None:
    """Their names stay, and the body is still JSON."""
    note(json.dumps(body).encode(), headers={"x-amz-target": target})
    assert "hidden" not in json.dumps(lines())
    assert json.loads(lines()[0]["body"]).keys() == body.keys()


def test_body_that_is_no_text_is_kept_as_base64(note: Note, lines: Callable[[], Any]) -> None:
    """CloudWatch's requests are CBOR."""
    note(b"\xbf\xff")
    assert (lines()[0]["body"], lines()[0]["encoding"]) == ("v/8=", "base64")


def test_action_of_a_service_is_its_roles(recording: Recording, lines: Callable[[], Any]) -> None:
    """AWS itself acts by the role, so the line has an action in place of a request."""
    recording.action("arn:aws:iam::1:role/a-events", "ecs:RunTask", "arn:x", ecs__cluster="arn:c")
    recording.action("", "ecs:RunTask", "arn:x")
    assert lines() == [
        {
            "caller": "a-events",
            "step": "service",
            "action": "ecs:RunTask",
            "resource": "arn:x",
            "context": {"ecs:cluster": "arn:c"},
        }
    ]


def test_push_is_of_whoever_asked_ecr_last(
    recording: Recording, note: Note, lines: Callable[[], Any]
) -> None:
    """The push belongs to the caller that asked ECR last, because requests to the registry carry no key."""
    note(service="ecr", step="publish", key="shop-prod-github-publish")
    recording.image(repository="arn:r", is_push=True)
    pushed = lines()[1:]
    assert {(line["caller"], line["step"]) for line in pushed} == {("shop-prod-github-publish", "publish")}
    assert {"ecr:PutImage", "ecr:GetAuthorizationToken"} <= {line["action"] for line in pushed}


def test_nothing_is_recorded_unless_asked() -> None:
    """Without the setting a sandbox keeps no requests."""
    off = Recording()
    off.action("a", "ecs:RunTask", "*")
    assert not off.is_on
