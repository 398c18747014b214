"""Pages in a developer's browser can't change a running sandbox, whatever they send and as whom."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome

from tests.serving import server_of
from tests.wrapper.sandbox.stage import Stage, sandbox_in

pytestmark = pytest.mark.browser
SCRIPT = (Path(__file__).parent / "attack.js").read_text("utf-8")
# Another port of this machine, and a name of somebody else's that leads to it.
PAGES = ("127.0.0.1", "page.evil.example")
NOTHING_SEEN = {
    "read": "TypeError",
    "query": "opaque",
    "no-cors": "opaque",
    "text/plain": "opaque",
    "json": "TypeError",
    "form": "sent",
    "websocket": "refused",
}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    root = tmp_path_factory.mktemp("clone")
    with sandbox_in(root) as running:
        made = Stage(sandbox=running, root=root)
        s3 = made.client("s3")
        s3.create_bucket(Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        s3.put_object(Bucket="bucket", Key="state.tfstate", Body=b"secret")
        yield made


@contextmanager
def served(heard: list[str]) -> Iterator[int]:
    """Serve an empty page to every client, and record the requests; yield the port."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
            kind = self.headers.get("content-type", "")
            heard.append(f"{self.command} {self.path} {kind} {body}")
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>page</title><body></body>")

        do_GET = do_POST = do_OPTIONS = answer  # noqa: N815  (the base class's names)

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    with server_of(Handler) as port:
        yield port


@pytest.fixture
def attack(chrome: Chrome) -> Iterator[Callable[[str, str], dict[str, Any]]]:
    """Return what a page of a host sees after it has sent all that it can to a server."""
    with served([]) as port:

        def run(host: str, base: str) -> dict[str, Any]:
            chrome.get(f"http://{host}:{port}/")
            seen: dict[str, Any] = chrome.execute_async_script(SCRIPT, base, "attack")
            return seen

        yield run


def done(stage: Stage) -> list[str]:
    users = [user["UserName"] for user in stage.client("iam").list_users()["Users"]]
    return [*users, *stage.client("ecs").list_task_definitions(familyPrefix="attack")["taskDefinitionArns"]]


@pytest.mark.parametrize("host", PAGES)
def test_page_can_do_nothing_by_the_api(
    stage: Stage, attack: Callable[[str, str], dict[str, Any]], host: str
) -> None:
    """Fetch with and without CORS, forms, plain text, queries and WebSockets are all refused."""
    assert attack(host, stage.sandbox.endpoint_url) == NOTHING_SEEN
    assert done(stage) == []


def test_page_of_another_site_sees_nothing_of_the_application(
    stage: Stage, attack: Callable[[str, str], dict[str, Any]]
) -> None:
    """The load balancer's port refuses its Origin, and sends no header that lets the page read the reply."""
    assert attack("page.evil.example", stage.sandbox.alb_url) == NOTHING_SEEN
    assert done(stage) == []


def test_name_that_leads_to_the_sandbox_is_refused(stage: Stage, chrome: Chrome) -> None:
    """A page can make its own name lead to the sandbox, so that it is same-site; but the Host differs."""
    for port in (stage.sandbox.port, stage.sandbox.alb_port):
        base = f"http://rebind.evil.example:{port}"
        chrome.get(f"{base}/bucket/state.tfstate")
        assert "The Host header must be" in chrome.page_source
        seen: Any = chrome.execute_async_script(SCRIPT, base, "attack")
        assert "secret" not in str(seen)
        assert all("The Host header must be" in seen[kind] for kind in ("read", "json"))
        assert seen["websocket"] == "refused"
    assert done(stage) == []


def test_browser_would_have_sent_it_all(attack: Callable[[str, str], dict[str, Any]]) -> None:
    """The sandbox itself stops the page: another server receives every simple request."""
    heard: list[str] = []
    with served(heard) as port:
        attack("page.evil.example", f"http://127.0.0.1:{port}")
    user = "Action=CreateUser&UserName=attack&Version=2010-05-08"
    form = f"POST / application/x-www-form-urlencoded {user}"
    assert f"GET /?{user}  " in heard
    assert sum(each.replace(";charset=UTF-8", "") == form for each in heard) == 2
    assert any(each.startswith("POST / text/plain {") for each in heard)
    assert any(each.startswith("OPTIONS / ") for each in heard)
