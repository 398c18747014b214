"""A page in the developer's browser gets nothing from a running sandbox; all others get their answers."""

import json
import socket
from collections.abc import Iterator
from typing import Any

import boto3
import httpx
import pytest

from tests.wrapper.sandbox.stage import (
    Balancer,
    Stage,
    aws_of,
    boto3_keys,
    call,
    eventually,
    sandbox_in,
    signed,
)

EVIL = {"Origin": "http://evil.example"}
REBOUND = {"Host": "rebind.evil.example"}
CROSS_SITE = {"Sec-Fetch-Site": "cross-site"}
ECS = {
    "Content-Type": "application/x-amz-json-1.1",
    "X-Amz-Target": "AmazonEC2ContainerServiceV20141113.RegisterTaskDefinition",
}
SHELL = {"name": "x", "image": "x", "entryPoint": ["/bin/sh", "-c"], "command": ["id"]}
ATTACK = json.dumps({"family": "attack", "containerDefinitions": [SHELL]})
ATTACKS = pytest.mark.parametrize("attack", [EVIL, REBOUND, CROSS_SITE], ids=["origin", "host", "site"])


def ask(url: str, method: str = "GET", **options: Any) -> httpx.Response:
    return call(method, url, **options)


def shared(answer: httpx.Response) -> list[str]:
    return [name for name in answer.headers if name.startswith("access-control-")]


@ATTACKS
def test_page_can_not_register_a_task(stage: Stage, attack: dict[str, str]) -> None:
    """A JSON call is refused in JSON, and changes nothing."""
    answer = ask(stage.sandbox.endpoint_url, "POST", headers={**ECS, **attack}, content=ATTACK)
    assert (answer.status_code, answer.json()["__type"], shared(answer)) == (403, "AccessDenied", [])
    assert next(iter(attack.values())) in answer.json()["message"]
    assert stage.client("ecs").list_task_definitions(familyPrefix="attack")["taskDefinitionArns"] == []


@ATTACKS
def test_form_can_not_make_a_user(stage: Stage, attack: dict[str, str]) -> None:
    """A form needs no preflight; the refusal has the form of the Query protocol."""
    form = {"Action": "CreateUser", "UserName": "attack", "Version": "2010-05-08"}
    answer = ask(stage.sandbox.endpoint_url, "POST", headers=attack, data=form)
    assert (answer.status_code, shared(answer)) == (403, [])
    assert "<Code>AccessDenied</Code>" in answer.text
    assert "attack" not in [user["UserName"] for user in stage.client("iam").list_users()["Users"]]


@ATTACKS
def test_image_can_not_make_a_user(stage: Stage, attack: dict[str, str]) -> None:
    """The Query protocol accepts GET, too."""
    url = f"{stage.sandbox.endpoint_url}/?Action=CreateUser&UserName=attack&Version=2010-05-08"
    assert ask(url, headers=attack).status_code == 403
    assert "attack" not in [user["UserName"] for user in stage.client("iam").list_users()["Users"]]


@ATTACKS
@pytest.mark.parametrize("path", ["/bucket/object", "/_sandbox", "/_ministack/health", "/v2/app/tags/list"])
def test_page_can_not_read(stage: Stage, path: str, attack: dict[str, str]) -> None:
    """That holds for an object, such as the Terraform state, for the sandbox's name, and for an image."""
    answer = ask(stage.sandbox.endpoint_url + path, headers=attack)
    assert (answer.status_code, shared(answer)) == (403, [])


def test_refusal_of_the_registry_is_in_its_words(stage: Stage) -> None:
    """An image client shows the registry's message."""
    [error] = ask(f"{stage.sandbox.endpoint_url}/v2/", headers=EVIL).json()["errors"]
    assert error["code"] == "DENIED"
    assert error["message"] == (
        f"The Origin header must be absent or {stage.sandbox.endpoint_url}, got 'http://evil.example'."
    )


def test_preflight_allows_nothing(stage: Stage) -> None:
    """The preflight request of a browser is refused."""
    wish = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-amz-target"}
    answer = ask(stage.sandbox.endpoint_url, "OPTIONS", headers={**EVIL, **wish})
    assert (answer.status_code, shared(answer)) == (403, [])


@pytest.mark.parametrize(("method", "path"), [("OPTIONS", "/"), ("GET", "/"), ("GET", "/_ministack/health")])
def test_replies_are_for_no_other_site(stage: Stage, method: str, path: str) -> None:
    """No answer has a header that lets another site's page read it."""
    answer = ask(stage.sandbox.endpoint_url + path, method, headers=signed(stage.sandbox, method, path))
    assert (answer.status_code, shared(answer)) == (200, [])


def test_refusal_is_heard_to_the_end(stage: Stage) -> None:
    """A long request gets its answer, not a broken connection; HEAD gets no body."""
    long = ask(stage.sandbox.endpoint_url, "PUT", headers=EVIL, content=b"x" * 3_000_000)
    assert long.status_code == 403
    assert ask(f"{stage.sandbox.endpoint_url}/bucket", "HEAD", headers=EVIL).content == b""


def test_web_socket_of_another_site_is_refused(stage: Stage) -> None:
    """A WebSocket needs no preflight."""
    key = "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
    for port in (stage.sandbox.port, stage.sandbox.alb_port):
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            host = f"Host: 127.0.0.1:{port}\r\nOrigin: http://evil.example\r\nConnection: Upgrade"
            connection.sendall(f"GET / HTTP/1.1\r\n{host}\r\n{key}\r\n\r\n".encode())
            assert connection.recv(100).startswith(b"HTTP/1.1 403")


def test_refusal_stands_in_the_log_once(fresh: Stage) -> None:
    """The log has the reason, and a page that repeats its request does not fill the disk."""
    for _ in range(3):
        ask(fresh.sandbox.endpoint_url, headers=REBOUND)
    told = eventually(
        lambda: [line for line in fresh.sandbox.log.read_text().splitlines() if "rebind.evil.example" in line]
    )
    assert len(told) == 1
    assert told[0].endswith("loopback name, got 'rebind.evil.example'.")


def test_sdk_by_the_name_localhost(stage: Stage) -> None:
    """Another loopback name works, also with a bucket before it, and an SDK understands a refusal."""
    options: Any = {"region_name": "eu-west-1", **boto3_keys(stage.sandbox)}
    s3: Any = boto3.client("s3", endpoint_url=f"http://localhost:{stage.sandbox.port}", **options)
    s3.create_bucket(Bucket="by-name", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket="by-name", Key="a", Body=b"b")
    host = {"Host": f"by-name.s3.localhost:{stage.sandbox.port}"}
    headers = signed(stage.sandbox, "GET", "/a", headers=host)
    assert ask(f"{stage.sandbox.endpoint_url}/a", headers=headers).text == "b"
    ecs = aws_of(stage.sandbox).ecs
    ecs.meta.events.register("before-send", lambda request, **_: request.headers.update(EVIL))
    with pytest.raises(
        ecs.exceptions.ClientError, match=r"\(AccessDenied\).* The Origin header must be absent"
    ):
        ecs.list_clusters()


@pytest.fixture(scope="module")
def balancer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Balancer]:
    """Create the sandbox's only load balancer: it answers `ruled` for a host and below, `other` elsewhere."""
    root = tmp_path_factory.mktemp("clone")
    with sandbox_in(root) as running:
        yield _balancer(Stage(sandbox=running, root=root))


def _balancer(stage: Stage) -> Balancer:
    made = stage.balancer()
    elb = stage.client("elbv2")
    listener = elb.describe_listeners(LoadBalancerArn=made.arn)["Listeners"][0]["ListenerArn"]
    elb.modify_listener(ListenerArn=listener, DefaultActions=says("other"))
    hosts = [{"Field": "host-header", "Values": ["Films.example.com", "*.films.example.com"]}]
    elb.create_rule(ListenerArn=listener, Priority=1, Conditions=hosts, Actions=says("ruled"))
    return made


def says(text: str) -> list[dict[str, Any]]:
    return [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200", "MessageBody": text}}]


def test_balancer_answers_its_names(balancer: Balancer) -> None:
    """They are loopback, a rule's host, a name below it, and its own; loopback is not for other pages."""
    elb = balancer.stage.client("elbv2")
    dns = elb.describe_load_balancers(LoadBalancerArns=[balancer.arn])["LoadBalancers"][0]["DNSName"]
    told = {"films.example.com": "ruled", "new.films.example.com": "ruled", dns: "other"}
    for host, text in told.items():
        assert balancer.get(headers={"Host": host, **EVIL}).text == text
    port = balancer.stage.sandbox.alb_port
    page = {
        "Host": f"127.0.0.1:{port}",
        "Origin": f"http://127.0.0.1:{port}",
        "Sec-Fetch-Site": "same-origin",
    }
    assert balancer.get(headers=page).text == "other"


@pytest.mark.parametrize("attack", [EVIL, REBOUND], ids=["origin", "host"])
def test_page_does_not_reach_the_application(balancer: Balancer, attack: dict[str, str]) -> None:
    """The answer says that it is the sandbox's, and which names would work."""
    answer = balancer.get(headers={"Host": "localhost", **attack})
    assert (answer.status_code, answer.headers["server"], shared(answer)) == (403, "awselb/2.0", [])
    told = answer.json()
    assert (told["success"], told["error"]) == (False, "refused")
    assert "*.films.example.com, films.example.com, lb-" in told["message"]
