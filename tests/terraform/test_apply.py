"""The stacks, applied to a sandbox whose tasks run and whose load balancer answers."""

import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from tests.terraform.examples import ALARMS, APP, FOUNDATION, changed, service
from tests.terraform.provider import running
from tests.terraform.roots import TERRAFORM, Root, copy_root
from tests.wrapper.sandbox.stage import (
    CLONE,
    DOCKERFILE,
    Stage,
    aws_of,
    call,
    eventually,
    login_to,
    sandbox_in,
    variables_of,
)
from wrapper import inventory, sandbox
from wrapper.delivery.listener_rules import read_rules
from wrapper.image import process_image
from wrapper.image.registry import Login
from wrapper.terraform.state.outputs import as_planned

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

ACCOUNT = "000000000000"
HERE = {"account_id": ACCOUNT, "sandbox": True}
BUCKET = f"shop-dev-models-{ACCOUNT}"


class Move(NamedTuple):
    """A `moved` block: the old address and the new one."""

    before: str
    now: re.Pattern[str]


def moves(file: Path) -> Iterator[Move]:
    """Read a moved.tf; a module's addresses begin at its call, with any key."""
    folder = file.parent
    scope = rf"module\.{folder.name}(\[[^]]+\])?\." if folder.parent.name == "modules" else ""
    for before, now in re.findall(r"from = (.+)\s+to\s+= (.+)", file.read_text()):
        yield Move(before, re.compile(rf"(?P<module>{scope}){re.escape(now)}(?P<key>([\[.].*)?)"))


# The workflows' roles are a stack of their own, which test_apply_account.py applies.
MOVES = [
    move
    for file in sorted(TERRAFORM.glob("*/*/moved.tf"))
    if file.parent.name != "github_oidc"
    for move in moves(file)
]


@dataclass
class Deployed:
    """Both stacks in a sandbox; `values` are the inputs of an app with one service."""

    sandbox: sandbox.Sandbox
    foundation: Root
    app: Root
    values: dict[str, Any]
    other_image: str

    def get(self, path: str) -> httpx.Response:
        return call("GET", f"{self.sandbox.alb_url}{path}", seconds=5)

    def client(self, service: str) -> Any:
        return Stage(sandbox=self.sandbox, root=CLONE).client(service)

    def service(self) -> Any:
        """Return the recommender as ECS describes it."""
        described = self.client("ecs").describe_services(cluster="shop-dev", services=["recommender"])
        return described["services"][0]

    def rules_of_the_registry(self) -> list[str]:
        """Return what the inventory finds in the registry besides repositories."""
        aws = aws_of(self.sandbox)
        found = inventory.take(aws, project="shop", environment="dev")
        return sorted(each.name for each in found if each.service == "ecr" and each.kind != "repository")

    def answers(self, path: str, **environment: str) -> bool:
        """Return whether the task at this address has these variables."""
        reply = self.get(path)
        return reply.status_code == 200 and environment.items() <= reply.json()["environment"].items()


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sandbox.Sandbox]:
    """A sandbox in a clone that shares only the emulator's virtual environment."""
    with sandbox_in(tmp_path_factory.mktemp("clone"), name="dev") as running:
        yield running


def push(login: Login, repository: str, context: Path) -> str:
    """Push an image with the content of the context; return its digest."""
    image = process_image.build(context, "Dockerfile", None)
    process_image.push(image, login=login, repository=repository, tag="one")
    return image.digest


@pytest.fixture(scope="module")
def inside(
    started: sandbox.Sandbox, provider: Path, process_variables: dict[str, str]
) -> Iterator[dict[str, str]]:
    """Return the variables of Terraform's processes, for a provider that calls the sandbox."""
    with running(provider, {**process_variables, **variables_of(started)}) as variables:
        yield variables


@pytest.fixture(scope="module")
def deployed(
    started: sandbox.Sandbox,
    copies: Path,
    inside: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Deployed]:
    """Both stacks applied; in the end destroyed to nothing."""
    foundation = Root(copy_root("stacks/foundation", copies / "applied", offline=False), inside)
    app = Root(copy_root("stacks/app", copies / "applied", offline=False), inside)
    made = foundation.apply({**FOUNDATION, **HERE})
    context = tmp_path_factory.mktemp("context")
    (context / "Dockerfile").write_text(DOCKERFILE)
    (context / "app.py").write_text((CLONE / "tests/wrapper/sandbox/app.py").read_text())
    images = {
        name: f"{made['repositories'][name]['url']}@{push(login_to(started), f'shop-dev/{name}', context)}"
        for name in ("recommender", "search")
    }
    recommender = changed(
        APP["services"]["recommender"],
        image=images["recommender"],
        repository_arn=made["repositories"]["recommender"]["arn"],
        desired_count=2,
        rollout__drain_seconds=1,
    )
    values = {**APP, **HERE, "model_bucket": made["model_bucket"], "services": {"recommender": recommender}}
    app.apply(values)
    yield Deployed(started, foundation, app, values, images["search"])
    app.destroy(values)
    foundation.destroy({**FOUNDATION, **HERE})
    assert app.resources() == foundation.resources() == []


@contextmanager
def callers(deployed: Deployed, path: str) -> Iterator[Counter[int]]:
    """Send requests during the block; count the answers by status."""
    seen: Counter[int] = Counter()
    done = threading.Event()

    def call() -> None:
        while not done.is_set():
            seen[deployed.get(path).status_code] += 1
            time.sleep(0.02)

    caller = threading.Thread(target=call)
    caller.start()
    yield seen
    done.set()
    caller.join()


def test_second_plan_is_empty(deployed: Deployed) -> None:
    """AWS returns exactly what was requested, so nothing is left to change."""
    deployed.app.apply(deployed.values)
    assert deployed.app.changes(deployed.values) == {}
    assert deployed.foundation.changes({**FOUNDATION, **HERE}) == {}


def test_applied_service_answers(deployed: Deployed) -> None:
    """The task gets the environment's values, and the load balancer reaches it."""
    deployed.app.apply(deployed.values)
    model = {
        "MODEL_URI": f"s3://{BUCKET}/models/movielens/3f2a",
        "MODEL_SHA256": "ab" * 32,
        "MODEL_LABEL": "movielens/3f2a",
    }
    eventually(lambda: deployed.answers("/?uid=20", PORT="8000", GREETING="hello", **model), seconds=60)


def test_change_of_port_rolls_without_a_failed_request(deployed: Deployed) -> None:
    """Old tasks answer on the old port until new ones answer on the new, all in one target group."""
    before = deployed.app.apply(deployed.values)["services"]["recommender"]
    eventually(lambda: deployed.answers("/", PORT="8000"), seconds=60)
    with callers(deployed, "/") as seen:
        values = changed(deployed.values, services__recommender__port=8001)
        after = deployed.app.apply(values)["services"]["recommender"]
        eventually(lambda: all(deployed.answers("/", PORT="8001") for _ in range(10)), seconds=120)
    assert set(seen) == {200}
    assert after["target_group_arn"] == before["target_group_arn"]
    assert deployed.app.changes(values) == {}


def slotted(deployed: Deployed, made: Any, greeting: str, **weights: int) -> dict[str, Any]:
    """Return the values of a version with `greeting`; with two slots, the first keeps its version."""
    [recommender] = deployed.values["services"].values()
    settings = {key: recommender[key] for key in ("health", "rollout")}
    slots: dict[str, Any] = {slot: {"weight": weight, "desired_count": 1} for slot, weight in weights.items()}
    if len(slots) == 2:
        [old, _] = weights
        arn = made["slots"][old]["task_definition_arn"]
        settings |= {"port": 8000, "exec": False, "capacity": {}}
        slots[old] |= {"task_definition_arn": arn, "settings": settings}
    return changed(
        deployed.values,
        services__recommender__slots=slots,
        services__recommender__environment={"GREETING": greeting},
        services__recommender__scaling={"min": 1, "max": 4},
        listener_rules=[asdict(rule) for rule in read_rules(as_planned(deployed.app.resources()))],
    )


@pytest.mark.timeout(900)
def test_slots_come_and_go_without_a_failed_request(deployed: Deployed) -> None:
    """A new version gets only requests with its header, until weights change that; second plans are empty."""
    made = deployed.app.apply(deployed.values)["services"]["recommender"]
    eventually(lambda: deployed.answers("/", GREETING="hello"), seconds=60)
    elb = deployed.client("elbv2")

    def greetings(**headers: str) -> set[str]:
        url = deployed.sandbox.alb_url
        replies = [call("GET", url, headers=headers) for _ in range(10)]
        return {each.json()["environment"]["GREETING"] if each.is_success else "" for each in replies}

    with callers(deployed, "/") as seen:
        two = slotted(deployed, made, "green", blue=100, green=0)
        both = deployed.app.apply(two)["services"]["recommender"]
        assert deployed.app.changes(slotted(deployed, made, "green", blue=100, green=0)) == {}
        eventually(lambda: greetings(**{"X-Slot": "shop-dev-recommender"}) == {"green"}, seconds=60)
        assert greetings() == {"hello"}
        for weights, answers in (
            ({"blue": 60, "green": 40}, {"hello", "green"}),
            ({"blue": 0, "green": 100}, {"green"}),
        ):
            shares = [
                {"TargetGroupArn": both["slots"][slot]["target_group_arn"], "Weight": weight}
                for slot, weight in weights.items()
            ]
            [rule] = both["rule_arns"]
            actions = [{"Type": "forward", "ForwardConfig": {"TargetGroups": shares}}]
            elb.modify_rule(RuleArn=rule, Actions=actions)
            assert deployed.app.changes(slotted(deployed, made, "green", **weights)) == {}
            assert greetings() == answers
        alone = deployed.app.apply(slotted(deployed, made, "green", green=100))["services"]["recommender"]
        assert deployed.app.changes(slotted(deployed, alone, "green", green=100)) == {}
    assert set(seen) == {200}
    deployed.app.apply(deployed.values)


def test_unlike_services_share_the_load_balancer(deployed: Deployed) -> None:
    """A service with its own image, port, path and command is added, and no other task is replaced."""
    deployed.app.apply(deployed.values)
    other = service(
        image=deployed.other_image,
        model=None,
        command=["app.py"],
        port=9090,
        desired_count=1,
        scaling={"min": 1, "max": 1},
        environment={"SAY": "hello"},
        route__paths=["/search/*"],
    )
    values = changed(deployed.values, services={**deployed.values["services"], "a-search": other})
    planned = deployed.app.changes(values)
    assert {actions[0] for actions in planned.values()} == {"create"}
    deployed.app.apply(values)
    assert deployed.app.changes(values) == {}
    eventually(lambda: deployed.answers("/search/films", PORT="9090", SAY="hello"), seconds=60)
    assert deployed.answers("/films", PORT="8000")


def test_renamed_service_takes_its_route_along(deployed: Deployed) -> None:
    """The listener rule stays, and forwards to the tasks of the new name."""
    deployed.app.apply(deployed.values)
    [recommender] = deployed.values["services"].values()
    routed = changed(recommender, route={"paths": ["/films/*"]})
    for name in ("before", "after"):
        values = changed(deployed.values, services={**deployed.values["services"], name: routed})
        deployed.app.apply(values)
    assert deployed.app.changes(values) == {}


def test_registry_is_set_up_and_cleared(deployed: Deployed) -> None:
    """Readers and caches are as in the file, found by the inventory, and deleted once no plan has them."""
    images = {
        "readers": ["210987654321"],
        "caches": {"quay": {"upstream": "quay.io"}},
    }
    shared = {**FOUNDATION, **HERE, "images": images}
    deployed.foundation.apply(shared)
    assert deployed.foundation.changes(shared) == {}
    assert deployed.rules_of_the_registry() == ["shop-dev/quay"]
    deployed.foundation.apply({**FOUNDATION, **HERE})
    assert deployed.rules_of_the_registry() == []


def test_states_from_before_move_to_the_new_addresses(deployed: Deployed) -> None:
    """Listener rules keep their places, and each `moved` block finds the resource of an old name."""
    unused = set(MOVES)
    rule, of_before = (f'module.routes.aws_lb_listener_rule.route["{key}"]' for key in ("*", "recommender *"))
    # Egress of each kind, which the emulator accepts without checking its target.
    ways = {
        "https": {"port": 443, "cidrs": ["0.0.0.0/0"]},
        "db": {
            "port": 5432,
            "to_port": 5433,
            "security_groups": ["sg-0a1b2c3d"],
            "prefix_lists": ["pl-0a1b2c3d"],
        },
    }
    values = {**deployed.values, "jobs": {"by-hand": {"image": deployed.other_image, "egress": ways}}}
    deployed.app.apply(values)
    deployed.app.rename(rule, of_before)
    assert deployed.app.changes({**values, **known_rules(deployed)}) == {}
    for root in (deployed.foundation, deployed.app):
        renames = {}
        for address in root.addresses():
            for move in MOVES:
                if found := move.now.fullmatch(address):
                    key = found["key"] or ""
                    # A module moves as a whole, with its data sources.
                    part, key = (address.removesuffix(key), "") if key.startswith(".") else (address, key)
                    renames[part] = f"{found['module']}{move.before}{key}"
                    unused.discard(move)
        for now, before in renames.items():
            root.rename(now, before)
    assert deployed.foundation.changes({**FOUNDATION, **HERE}) == {}
    assert deployed.app.changes({**values, **known_rules(deployed)}) == {}
    assert not unused
    [old] = [address for address in deployed.app.addresses() if ".aws_lb_listener_rule." in address]
    deployed.app.rename(old, rule)


def known_rules(deployed: Deployed) -> dict[str, Any]:
    """Return the listener's rules as the deployer reads them from the state for the stack."""
    known = [asdict(rule) for rule in read_rules(as_planned(deployed.app.resources()))]
    assert [rule["key"] for rule in known] == ["recommender *"]
    return {"listener_rules": known}


def test_jobs_of_each_kind(deployed: Deployed) -> None:
    """Each applies, with an empty second plan; a new object and an event start the tasks of their jobs."""
    foundation = {**FOUNDATION, **HERE, "model_events": True}
    deployed.foundation.apply(foundation)
    assert deployed.foundation.changes(foundation) == {}
    job = {"image": deployed.other_image, "environment": {"EXIT": "0"}}
    values = {
        **deployed.values,
        "jobs": {
            "by-hand": job,
            "nightly": changed(
                job, triggers=[{"schedule": {"expression": "cron(0 3 * * ? *)", "timezone": "Europe/Berlin"}}]
            ),
            "retrain": changed(
                job,
                triggers=[{"object_created": {"bucket": BUCKET, "prefix": "ratings/"}}],
                alarms={"failures": 1, "not_started": 1},
            ),
            "told": changed(
                job,
                triggers=[
                    {"event": {"pattern": '{"source":["shop"]}', "variables": {"SAY": "$.detail.who"}}},
                    {"schedule": {"expression": "cron(0 4 * * ? *)"}},
                    {"object_created": {"bucket": BUCKET, "prefix": "titles/"}},
                ],
            ),
        },
    }
    jobs = deployed.app.apply(values)["jobs"]
    assert deployed.app.changes(values) == {}
    assert deployed.app.drift(values) == []
    stage = Stage(sandbox=deployed.sandbox, root=CLONE)
    stage.client("s3").put_object(Bucket=BUCKET, Key="ratings/new.csv", Body=b"")
    event = {"Source": "shop", "DetailType": "sale", "Detail": '{"who": "ada"}'}
    stage.client("events").put_events(Entries=[event])
    said = {"retrain": f"s3://{BUCKET}/ratings/new.csv", "told": "ada"}
    for name, text in said.items():
        [task] = ended_tasks(stage, jobs[name]["task_definition_family"])
        [override] = task["overrides"]["containerOverrides"]
        assert override["environment"][0]["value"] == text
        assert task["containers"][0]["exitCode"] == 0
    stage.client("s3").delete_object(Bucket=BUCKET, Key="ratings/new.csv")


def ended_tasks(stage: Stage, family: str) -> list[Any]:
    """Wait for a job's task to end."""
    ecs = stage.client("ecs")

    def stopped() -> Any:
        arns = ecs.list_tasks(cluster="shop-dev", family=family, desiredStatus="STOPPED")["taskArns"]
        found = ecs.describe_tasks(cluster="shop-dev", tasks=arns)["tasks"] if arns else []
        return found if found and all(each["lastStatus"] == "STOPPED" for each in found) else None

    return list(eventually(stopped, seconds=60))


def test_egress_changes_in_place(deployed: Deployed) -> None:
    """Tasks move into private subnets, behind a gateway and out again, and each second plan is empty."""
    for egress in ("endpoints", "nat_per_zone", "public"):
        values = changed(deployed.values, network__egress=egress)
        deployed.app.apply(values)
        assert deployed.app.changes(values) == {}
        assert deployed.app.drift(values) == []


def names_of(deployed: Deployed, kind: str) -> dict[str, str]:
    """Return the ids of one type in the state by resource name."""
    found = [each for each in deployed.app.resources() if each["type"] == kind]
    return {each["name"]: each["instances"][0]["attributes"]["id"] for each in found}


def test_several_containers_are_one_task(deployed: Deployed) -> None:
    """An init container ends first, a sidecar runs beside; if the sidecar dies, the task is replaced."""
    sidecars = {
        "init": {"essential": False, "environment": {"EXIT": "0"}},
        "side": {"environment": {"PORT": "9000", "SAY": "beside"}, "port": 9000, "memory": 128},
    }
    values = changed(
        deployed.values,
        services__recommender__sidecars=sidecars,
        services__recommender__depends_on={"init": "SUCCESS", "side": "START"},
        services__recommender__ulimits={"nofile": {"soft": 1024, "hard": 4096}},
        services__recommender__exec=True,
        services__recommender__environment={"GREETING": "with sidecars"},
    )
    deployed.app.apply(values)
    assert deployed.app.changes(values) == {}
    eventually(lambda: deployed.answers("/", GREETING="with sidecars"), seconds=90)
    task, address = eventually(lambda: running_with(deployed, "side"))
    with suppress(httpx.TransportError):
        call("GET", f"http://{address}:9000/exit?3", seconds=5)
    stopped = eventually(lambda: tasks_in(deployed, "STOPPED").get(task), seconds=30)
    assert stopped["stopCode"] == "EssentialContainerExited"
    assert {one["name"]: one["exitCode"] for one in stopped["containers"]}["side"] == 3
    eventually(lambda: deployed.answers("/", GREETING="with sidecars"), seconds=60)


def tasks_in(deployed: Deployed, status: str) -> dict[str, Any]:
    """Return the tasks with a status, by ARN."""
    client = deployed.client("ecs")
    arns = client.list_tasks(cluster="shop-dev", desiredStatus=status)["taskArns"]
    tasks = client.describe_tasks(cluster="shop-dev", tasks=arns)["tasks"] if arns else []
    return {task["taskArn"]: task for task in tasks if task["lastStatus"] == status}


def running_with(deployed: Deployed, container: str) -> tuple[str, str] | None:
    """Return ARN and address of a running task with the container, None if there is none."""
    for arn, task in tasks_in(deployed, "RUNNING").items():
        if container in {each["name"] for each in task["containers"]}:
            details = {each["name"]: each["value"] for each in task["attachments"][0]["details"]}
            return arn, details["privateIPv4Address"]
    return None


def test_sleeping_service_stays_asleep(deployed: Deployed) -> None:
    """With the limits that the schedule has set as inputs, a plan outside the hours is empty."""
    hours = {"start": "00:00", "stop": "00:01", "days": ["mon"]}
    values = changed(
        deployed.values,
        services__recommender__scaling__hours=hours,
        services__recommender__scaling__memory_percent=70,
        services__recommender__limits={"min": 0, "max": 0},
        services__recommender__desired_count=0,
    )
    deployed.app.apply(values)
    assert deployed.app.changes(values) == {}
    eventually(lambda: deployed.get("/").status_code == 503, seconds=60)


def test_another_target_group_stands_before_the_old_one_goes(deployed: Deployed) -> None:
    """Settings that AWS can't change need a target group of another name; no rule names a deleted one."""
    deployed.app.apply(deployed.values)
    before = names_of(deployed, "aws_lb_target_group")
    file = deployed.app.folder.parents[1] / "modules" / "target_group" / "target_group.tf"
    text = file.read_text()
    file.write_text(text.replace("unused_port = 80\n", "unused_port = 81\n"))
    try:
        deployed.app.apply(deployed.values)
        assert deployed.app.changes(deployed.values) == {}
        assert names_of(deployed, "aws_lb_target_group") != before
        eventually(lambda: deployed.answers("/", PORT="8000"), seconds=60)
    finally:
        file.write_text(text)


@pytest.mark.timeout(900)
def test_capacity_changes_in_place(deployed: Deployed) -> None:
    """It changes from Fargate to Spot and to instances: the service stays, each second plan is empty."""
    deployed.app.apply(deployed.values)
    spot = {"fargate": {"weight": 1, "base": 1}, "fargate_spot": {"weight": 3}}
    private = changed(deployed.values, network__egress="nat")
    on_spot = changed(private, services__recommender__capacity=spot)
    on_instances = changed(
        private,
        cluster__ec2={"large": {"instance_type": "m7i.2xlarge", "max": 2}},
        services__recommender__capacity={"ec2": "large"},
        services__recommender__size={"cpu": 700, "memory": 900},
    )
    service_address = 'module.ecs_service["recommender"].aws_ecs_service.service["blue"]'
    for values in (on_spot, on_instances):
        planned = deployed.app.changes(values)
        assert planned[service_address] == ["update"]
        deployed.app.apply(values)
        assert deployed.app.changes(values) == {}
    eventually(lambda: deployed.answers("/", PORT="8000"), seconds=60)


def test_alarms_take_a_rollout_back(deployed: Deployed) -> None:
    """All alarms are applied, with an empty second plan; errors of a new version end its roll-out.

    It is the last test of the stack: the provider can't remove a service's last alarm, see
    docs/monitoring.md.
    """
    watched = changed(
        deployed.values,
        monitoring={"emails": ["ops@example.com"], "dashboard": True},
        services__recommender__alarms=ALARMS,
    )
    deployed.app.apply(watched)
    assert deployed.app.changes(watched) == {}
    assert deployed.app.drift(watched) == []
    eventually(lambda: deployed.service()["deployments"][0]["rolloutState"] == "COMPLETED", seconds=60)
    good = deployed.service()["taskDefinition"]
    wrong = changed(watched, services__recommender__environment={"GREETING": "wrong"})
    with ThreadPoolExecutor(max_workers=1) as pool:
        applying = pool.submit(deployed.app.apply, wrong)
        # During the roll-out: an alarm that begins later does not roll back.
        eventually(lambda: deployed.service()["taskDefinition"] != good, seconds=120)
        deployed.client("cloudwatch").set_alarm_state(
            AlarmName="shop-dev-recommender-errors", StateValue="ALARM", StateReason="test"
        )
        applying.result()
    eventually(lambda: deployed.service()["taskDefinition"] == good, seconds=30)
    eventually(lambda: deployed.service()["deployments"][0]["rolloutState"] == "COMPLETED", seconds=60)
