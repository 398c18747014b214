import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from tests.wrapper.sandbox.stage import (
    NO_CERTIFICATES,
    Balancer,
    Stage,
    aws_of,
    call,
    eventually,
    sandbox_in,
    signed,
)
from wrapper.ecs.weights import shift, weights, without
from wrapper.sandbox import lifecycle
from wrapper.sandbox.settings import Settings

Serve = Callable[..., tuple[str, int]]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start small servers, each with a name; /health answers with the given status."""
    servers: list[ThreadingHTTPServer] = []

    def start(name: str, *, health: int = 200, address: str = "127.64.0.1") -> tuple[str, int]:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path == "/slow":
                    time.sleep(2)
                self.send_response(health if self.path == "/health" else 200)
                self.send_header("X-Path", self.path)
                self.send_header("X-Host", self.headers["Host"])
                self.send_header("X-From", self.headers.get("X-Forwarded-For", ""))
                self.send_header("Set-Cookie", "a=1")
                self.send_header("Set-Cookie", "b=2")
                self.end_headers()
                self.wfile.write(name.encode())

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer((address, 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        return address, server.server_address[1]

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def registered(stage: Stage, *places: tuple[str, int], states: list[str], **options: int) -> Balancer:
    """Return a load balancer whose targets have reached these states."""
    balancer = stage.balancer(**options)
    balancer.register(*places)
    eventually(lambda: balancer.states() == sorted(states))
    return balancer


def test_without_a_load_balancer(fresh: Stage) -> None:
    """Before the first apply the port's answer says that there is none."""
    answer = call("GET", fresh.sandbox.alb_url)
    assert answer.status_code == 503
    assert answer.json() == {
        "success": False,
        "error": "no_load_balancer",
        "message": "This sandbox has no load balancer yet; apply the environment first.",
    }


def test_only_load_balancer_answers_any_host(fresh: Stage, serve: Serve) -> None:
    """With one load balancer no special host name is needed, and the target gets the path unchanged."""
    registered(fresh, serve("a"), states=["healthy"])
    answer = call("GET", f"{fresh.sandbox.alb_url}/a%20b?uid=20")
    assert (answer.text, answer.headers["x-path"]) == ("a", "/a%20b?uid=20")


def test_load_balancer_by_its_name_on_the_api_port(stage: Stage, serve: Serve) -> None:
    """`<name>.alb.localhost` works on the port of the AWS API too."""
    balancer = registered(stage, serve("a"), states=["healthy"])
    host = {"Host": f"{balancer.name}.alb.localhost:{stage.sandbox.port}"}
    assert call("GET", f"{stage.sandbox.endpoint_url}/", headers=host).text == "a"


def test_host_that_names_none_of_several(stage: Stage) -> None:
    """If several are possible, the answer lists their names."""
    names = [stage.balancer().name, stage.balancer().name]
    answer = call("GET", stage.sandbox.alb_url)
    assert answer.status_code == 503
    assert all(f"{name}.alb.localhost" in answer.json()["message"] for name in names)


def test_targets_take_turns(stage: Stage, serve: Serve) -> None:
    """Two healthy targets share the requests evenly."""
    balancer = registered(stage, serve("a"), serve("b"), states=["healthy", "healthy"])
    assert Counter(balancer.get().text for _ in range(10)) == {"a": 5, "b": 5}


def test_request_carries_where_it_came_from(stage: Stage, serve: Serve) -> None:
    """The target gets the client's address, and the host without the port."""
    headers = registered(stage, serve("a"), states=["healthy"]).get().headers
    assert headers["x-from"] == "127.0.0.1"
    assert headers["x-host"].endswith(".alb.localhost")


def test_repeated_reply_header_stays_repeated(stage: Stage, serve: Serve) -> None:
    """Two cookies arrive as two."""
    answer = registered(stage, serve("a"), states=["healthy"]).get()
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]


@pytest.mark.slow
def test_unhealthy_target_gets_no_request(stage: Stage, serve: Serve) -> None:
    """Only the healthy one of two targets gets requests, and the reason has the code."""
    sick = serve("b", health=500)
    balancer = registered(stage, serve("a"), sick, states=["healthy", "unhealthy"])
    assert {balancer.get().text for _ in range(6)} == {"a"}
    reason, description = balancer.health()[sick][1:]
    assert (reason, description) == (
        "Target.ResponseCodeMismatch",
        "Health checks failed with these codes: [500]",
    )


def test_without_a_healthy_target_all_are_asked(stage: Stage, serve: Serve) -> None:
    """The load balancer fails open."""
    balancer = stage.balancer()
    balancer.register(serve("a", health=500))
    assert balancer.get().text == "a"


def test_without_a_target(stage: Stage) -> None:
    """Without a registered target the load balancer itself answers 503."""
    answer = stage.balancer().get()
    assert (answer.status_code, answer.headers["server"]) == (503, "awselb/2.0")


def test_dead_target(stage: Stage, unused: tuple[str, int]) -> None:
    """If nobody listens at the only target, the answer is 502."""
    balancer = stage.balancer()
    balancer.register(unused)
    answer = balancer.get()
    assert (answer.status_code, answer.headers["server"]) == (502, "awselb/2.0")


def test_dead_target_beside_a_living_one(stage: Stage, serve: Serve, unused: tuple[str, int]) -> None:
    """A request that a dead target never received is sent to the next one."""
    balancer = stage.balancer()
    balancer.register(unused, serve("a"))
    assert {balancer.get().status_code for _ in range(4)} == {200}


@pytest.fixture
def unused(unused_port: int) -> tuple[str, int]:
    return "127.64.0.1", unused_port


def test_target_that_takes_too_long(stage: Stage, serve: Serve) -> None:
    """A target that does not answer within the idle timeout gives 504."""
    balancer = registered(stage, serve("a"), states=["healthy"])
    attribute = {"Key": "idle_timeout.timeout_seconds", "Value": "1"}
    stage.client("elbv2").modify_load_balancer_attributes(
        LoadBalancerArn=balancer.arn, Attributes=[attribute]
    )
    assert balancer.get("/slow").status_code == 504


@pytest.mark.slow
def test_draining_target_finishes_what_it_has(stage: Stage, serve: Serve) -> None:
    """A request in flight when its target is deregistered gets its answer; new ones go to others."""
    leaving = serve("a")
    balancer = registered(stage, leaving, states=["healthy"], drain_seconds=3)
    answers: list[httpx.Response] = []
    caller = threading.Thread(target=lambda: answers.append(balancer.get("/slow")))
    caller.start()
    time.sleep(0.3)
    targets = [{"Id": leaving[0], "Port": leaving[1]}]
    stage.client("elbv2").deregister_targets(TargetGroupArn=balancer.group, Targets=targets)
    assert balancer.health()[leaving][:2] == ("draining", "Target.DeregistrationInProgress")
    assert balancer.get().status_code == 503
    caller.join()
    assert answers[0].status_code == 200


def test_health_of_a_target_that_is_not_registered(stage: Stage) -> None:
    """AWS calls such a target unused."""
    balancer = stage.balancer()
    target = {"Id": "127.64.9.9", "Port": 8000}
    health = stage.client("elbv2").describe_target_health(TargetGroupArn=balancer.group, Targets=[target])
    assert health["TargetHealthDescriptions"][0]["TargetHealth"] == {
        "State": "unused",
        "Reason": "Target.NotRegistered",
        "Description": "Target is not registered to the target group",
    }


def test_rules_choose_by_host_and_path(stage: Stage, serve: Serve) -> None:
    """A rule's path and host, in any case of letters, send a request to its own target group."""
    first, second = stage.balancer(), stage.balancer()
    first.register(serve("default"))
    second.register(serve("ruled"))
    elb = stage.client("elbv2")
    listener = elb.describe_listeners(LoadBalancerArn=first.arn)["Listeners"][0]["ListenerArn"]
    conditions = [
        {"Field": "host-header", "Values": ["Model.Example.test"]},
        {"Field": "path-pattern", "Values": ["/b/*"]},
    ]
    forward = [{"Type": "forward", "TargetGroupArn": second.group}]
    elb.create_rule(ListenerArn=listener, Priority=1, Conditions=conditions, Actions=forward)
    dns = elb.describe_load_balancers(LoadBalancerArns=[first.arn])["LoadBalancers"][0]["DNSName"]
    assert first.get("/b/c").text == "default"
    assert first.get("/b/c", headers={"Host": dns}).text == "default"
    groups = elb.describe_target_groups(TargetGroupArns=[second.group])["TargetGroups"]
    assert first.arn in groups[0]["LoadBalancerArns"]


def test_rule_by_host_on_the_only_load_balancer(fresh: Stage, serve: Serve) -> None:
    """A host rule compares the host that the client sent."""
    balancer = registered(fresh, serve("default"), states=["healthy"])
    listener = fresh.client("elbv2").describe_listeners(LoadBalancerArn=balancer.arn)["Listeners"][0]
    fixed = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "418", "MessageBody": "ruled"}}]
    conditions = [{"Field": "host-header", "Values": ["Model.Example.test"]}]
    fresh.client("elbv2").create_rule(
        ListenerArn=listener["ListenerArn"], Priority=1, Conditions=conditions, Actions=fixed
    )
    assert balancer.get("/", headers={"Host": "model.example.TEST"}).text == "ruled"
    assert balancer.get("/").text == "default"


def test_redirect_to_https_is_followed(stage: Stage, serve: Serve) -> None:
    """There is no TLS here, so the listener behind the redirect answers; other redirects reach the caller."""
    balancer = registered(stage, serve("secure"), states=["healthy"])
    elb = stage.client("elbv2")
    plain = elb.describe_listeners(LoadBalancerArn=balancer.arn)["Listeners"][0]
    there = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
    lead = {"Type": "redirect", "RedirectConfig": there}
    elb.modify_listener(ListenerArn=plain["ListenerArn"], DefaultActions=[lead])
    answer = balancer.get("/a?b=c")
    assert (answer.status_code, answer.headers["Location"]) == (
        301,
        f"https://{balancer.name}.alb.localhost:443/a?b=c",
    )
    elb.create_listener(
        LoadBalancerArn=balancer.arn, Protocol="HTTPS", Port=443, DefaultActions=plain["DefaultActions"]
    )
    assert balancer.get("/a?b=c").text == "secure"


def test_load_balancer_traffic_is_not_delayed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the API's replies are delayed, here for long: a request through the load balancer is faster."""
    monkeypatch.setattr(lifecycle, "Settings", partial(Settings, reply_delay_seconds=0.2))
    with sandbox_in(tmp_path) as running, httpx.Client(trust_env=False, verify=NO_CERTIFICATES) as client:
        stage = Stage(sandbox=running, root=tmp_path)
        host = {"Host": f"{stage.balancer().name}.alb.localhost"}
        quickest = min(client.get(running.alb_url, headers=host).elapsed for _ in range(5))
        held_back = client.get(running.endpoint_url, headers=signed(running, "GET", "/")).elapsed
    assert quickest.total_seconds() < 0.2 <= held_back.total_seconds()


def test_api_replies_are_held_back(stage: Stage) -> None:
    """The provider's client fails if a reply comes before the request is completely sent."""
    with httpx.Client(trust_env=False, verify=NO_CERTIFICATES) as client:
        headers = signed(stage.sandbox, "GET", "/")
        answers = [client.get(stage.sandbox.endpoint_url, headers=headers) for _ in range(20)]
        durations = [answer.elapsed.total_seconds() for answer in answers]
    assert min(durations) >= 0.004


def _forward(*groups: tuple[str, int]) -> list[dict[str, Any]]:
    named = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in groups]
    return [{"Type": "forward", "ForwardConfig": {"TargetGroups": named}}]


@pytest.mark.parametrize(
    ("old", "new", "least", "most"),
    [(100, 0, 0, 0), (75, 25, 20, 30), (0, 100, 100, 100), (998, 1, 0, 1)],
)
def test_weights_share_requests_out(
    stage: Stage, serve: Serve, old: int, new: int, least: int, most: int
) -> None:
    """Each target group of a rule gets its share of 100 requests, also after a change; 0 gets nothing."""
    balancer, other = stage.balancer(), stage.balancer()
    balancer.register(serve("old"))
    other.register(serve("new"))
    elb = stage.client("elbv2")
    listener = elb.describe_listeners(LoadBalancerArn=balancer.arn)["Listeners"][0]["ListenerArn"]
    header = {"HttpHeaderName": "X-Slot", "Values": ["new"]}
    anywhere = [{"Field": "path-pattern", "Values": ["/*"]}]
    [rule] = elb.create_rule(
        ListenerArn=listener,
        Priority=2,
        Conditions=anywhere,
        Actions=_forward((balancer.group, 1), (other.group, 1)),
    )["Rules"]
    elb.create_rule(
        ListenerArn=listener,
        Priority=1,
        Conditions=[{"Field": "http-header", "HttpHeaderConfig": header}],
        Actions=_forward((other.group, 1)),
    )
    eventually(lambda: balancer.states() == other.states() == ["healthy"])
    changed = _forward((balancer.group, old), (other.group, new))
    [modified] = elb.modify_rule(RuleArn=rule["RuleArn"], Actions=changed)["Rules"]
    assert modified["Actions"][0]["ForwardConfig"]["TargetGroups"] == [
        {"TargetGroupArn": balancer.group, "Weight": old},
        {"TargetGroupArn": other.group, "Weight": new},
    ]
    assert least <= Counter(balancer.get().text for _ in range(100))["new"] <= most
    assert {balancer.get(headers={"X-Slot": "new"}).text for _ in range(3)} == {"new"}


def test_weights_that_nobody_may_give(stage: Stage) -> None:
    """A weight above AWS's limit and a missing group are refused; if all are 0, the answer is 503."""
    balancer = stage.balancer()
    elb = stage.client("elbv2")
    listener = elb.describe_listeners(LoadBalancerArn=balancer.arn)["Listeners"][0]["ListenerArn"]
    for wrong, code in (((balancer.group, 1000), "ValidationError"), (("gone", 1), "TargetGroupNotFound")):
        with pytest.raises(ClientError) as refused:
            elb.modify_listener(ListenerArn=listener, DefaultActions=_forward(wrong))
        assert refused.value.response["Error"]["Code"] == code
    nothing = _forward((balancer.group, 0), (stage.balancer().group, 0))
    elb.modify_listener(ListenerArn=listener, DefaultActions=nothing)
    assert balancer.get().status_code == 503


def test_weights_are_read_as_they_were_shifted(stage: Stage) -> None:
    """A rule with one group gives it all; a deleted rule has no weights."""
    balancer, other = stage.balancer(), stage.balancer()
    elb, aws = stage.client("elbv2"), aws_of(stage.sandbox)
    listener = elb.describe_listeners(LoadBalancerArn=balancer.arn)["Listeners"][0]["ListenerArn"]
    [rule] = elb.create_rule(
        ListenerArn=listener,
        Priority=1,
        Conditions=[{"Field": "path-pattern", "Values": ["/*"]}],
        Actions=[{"Type": "forward", "TargetGroupArn": balancer.group}],
    )["Rules"]
    arns = [rule["RuleArn"]]
    assert list(weights(aws, arns)) == [balancer.group]
    shift(aws, arns, {balancer.group: 30, other.group: 70})
    assert weights(aws, arns) == {balancer.group: 30, other.group: 70}
    elb.delete_rule(RuleArn=arns[0])
    assert weights(aws, arns) == {}


def test_a_cookie_keeps_a_caller(stage: Stage, serve: Serve) -> None:
    """This holds after any change of weights, unless the rule no longer has the group."""
    one = registered(stage, serve("one"), states=["healthy"])
    other, aws = stage.balancer(), aws_of(stage.sandbox)
    other.register(serve("other"))
    elb = stage.client("elbv2")
    listener = elb.describe_listeners(LoadBalancerArn=one.arn)["Listeners"][0]["ListenerArn"]
    [rule] = elb.create_rule(
        ListenerArn=listener,
        Priority=1,
        Conditions=[{"Field": "path-pattern", "Values": ["/*"]}],
        Actions=_forward((one.group, 1), (other.group, 1)),
    )["Rules"]
    arns = [rule["RuleArn"]]
    eventually(lambda: other.states() == ["healthy"])
    assert not {"AWSALBTG", "AWSALBTGCORS"} & set(one.get().cookies.keys())
    shift(aws, arns, {one.group: 0, other.group: 1}, sticky_seconds=60)
    first = one.get()
    assert (first.text, set(first.cookies.keys())) == ("other", {"a", "b", "AWSALBTG", "AWSALBTGCORS"})
    cookies = {"Cookie": f"x=1; AWSALBTG={first.cookies['AWSALBTG']}"}
    shift(aws, arns, {one.group: 99, other.group: 0}, sticky_seconds=60)
    assert {one.get(headers=cookies).text for _ in range(5)} == {"other"}
    assert {one.get().text for _ in range(5)} == {"one"}
    shift(aws, arns, {one.group: 99, other.group: 1}, sticky_seconds=60)
    without(aws, arns, other.group)
    assert {one.get(headers=cookies).text for _ in range(5)} == {"one"}
