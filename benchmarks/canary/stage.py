"""An environment of one service in a sandbox of its own, and callers who record their answers."""

import json
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import yaml

from benchmarks.faults.stage import BUG, Ended, Stage
from benchmarks.lifecycle import clone, free_ports
from benchmarks.rig.steady import Load
from tests.terraform.provider import REATTACH, running
from tests.terraform.roots import find_provider
from wrapper.aws.client import Aws
from wrapper.ecs.weights import weights

SERVICE, CLUSTER = "tiny", "recommender-dev"
POLLED = 50
LIST = 10
# Callers share the machine with the service; a version that must be too slow has the usual budget.
PATIENT_MS, USUAL_MS = 5000, 500
_QUICK: dict[str, Any] = {
    "interval_seconds": 5,
    "timeout_seconds": 2,
    "healthy_threshold": 2,
    "unhealthy_threshold": 2,
    "grace_seconds": 5,
}
_ROLLOUT: dict[str, Any] = {
    "drain_seconds": 1,
    "stop_timeout_seconds": 2,
    "deadline_seconds": 120,
    "failed_tasks": 2,
    "strategy": "canary",
    "canary": {"steps": [20, 60], "minutes": 0.1},
    "bake_seconds": 5,
    "keep_minutes": 60,
}
_LONGEST_SECONDS = 300.0


@dataclass(frozen=True, kw_only=True)
class Row:
    """The measured figures: how many requests callers sent, and how many got a wrong answer.

    `part` is the part of the benchmark, `load` the machine's load average when it began, `told` the reason
    that the command gave, `seconds` are those of the measured command, otherwise of the whole row.
    """

    part: str
    name: str
    seconds: float
    load: float
    requests: int
    bad: int
    commands: tuple[str, ...]
    told: str = ""
    figures: Mapping[str, Any] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Version:
    """`trouble` is tests/e2e/misbehaving's; `failing` is in percent, drawn from the seed."""

    name: str
    trouble: str = "none"
    failing: float = 0.0
    seed: int = 0

    @property
    def variables(self) -> dict[str, str]:
        return {
            "VERSION": self.name,
            "TROUBLE": self.trouble,
            "FAILING": str(self.failing),
            "SEED": str(self.seed),
        }


@dataclass
class Callers:
    """Callers at a steady rate: the versions of their answers, and which are not allowed."""

    load: Load
    allowed: frozenset[str]
    versions: Counter[str] = field(default_factory=Counter)

    def judge(self, uid: int, status: int, body: bytes) -> str:
        """A good answer is a complete list for this user, from an allowed version."""
        if status != 200:
            return f"{status}: {body[:80]!r}"
        document = json.loads(body)
        self.versions[document["version"]] += 1
        if document["version"] not in self.allowed:
            return f"{document['version']} answered"
        ids = {row[0] for row in document["response"]}
        if document["uid"] != str(uid) or len(document["response"]) != LIST or len(ids) != LIST:
            return f"not the list of {uid}: {body[:80]!r}"
        return ""


@dataclass
class Scene(Stage):
    """The stage, with what its callers get; `released` is the running version, if `is_ready`."""

    released: Version = field(default_factory=lambda: Version(name="v0"))
    past: dict[str, Version] = field(default_factory=dict)
    is_ready: bool = False

    def declare(
        self,
        version: Version,
        *,
        rollback: str = "auto",
        alarms: Mapping[str, Any] | None = None,
        latency_ms: int = PATIENT_MS,
        attempts: int = 5,
        **rollout: Any,
    ) -> None:
        """Write environments/dev.yaml, so that the commands in errors can be typed as they are."""
        port, alb_port = self.ports["dev"]
        service = {
            "image": {"context": "tests/e2e/misbehaving"},
            "size": {"cpu": 256, "memory": 512},
            "scaling": {"min": 1, "max": 2, "cpu_percent": None},
            "environment": version.variables,
            "health": {"path": "/health", **_QUICK},
            "rollout": {**_ROLLOUT, **rollout},
            "smoke": {
                "latency_ms": latency_ms,
                "attempts": attempts,
                "requests": [{"path": "/?uid=20", "status": 200, "recommendations": LIST}],
            },
            **({"alarms": alarms} if alarms else {}),
        }
        environment = {
            "project": "recommender",
            "target": "sandbox",
            "sandbox": {"port": port, "alb_port": alb_port},
            "rollback": rollback,
            "services": {SERVICE: service},
        }
        file = self.root / "environments" / "dev.yaml"
        file.write_text(yaml.safe_dump(environment, sort_keys=False))

    @contextmanager
    def callers(self, *allowed: Version, per_second: int = POLLED) -> Iterator[Callers]:
        """Run callers during the block, and a second longer; only these versions may answer."""
        load = Load(self.ports["dev"][1], per_second=per_second)
        asked = Callers(load=load, allowed=frozenset(each.name for each in allowed))
        load.judge = asked.judge
        with load:
            yield asked
            time.sleep(1)

    def apply(self, version: Version, **keys: Any) -> Ended:
        """Declare a version and apply it; on success it is the released one."""
        self.declare(version, **keys)
        ended = self.run("apply", "dev", "--json")
        if ended.code == 0:
            self.released = version
        return ended

    def fresh(self, *, trouble: str = "none", failing: float = 0.0, seed: int = 0) -> Version:
        """Return a new version."""
        self.count += 1
        name = f"v{self.count}" if trouble == "none" else f"v{self.count}-{trouble}"
        made = Version(name=name, trouble=trouble, failing=failing, seed=seed)
        self.past[name] = made
        return made

    def ready(self) -> Iterator[str]:
        """Bring the environment to a released version, unless it has one; yield each problem."""
        if self.is_ready:
            return
        ended = self.mend(self.apply(self.released, strategy="rolling"), "apply", "dev")
        if ended.code != 0:
            yield f"it could not be made ready: {ended.err[-600:]}"
        self.is_ready = True

    def changes(self) -> bool:
        """Return whether a plan of the current file would change anything."""
        told = self.run("plan", "dev", "--json")
        return bool(json.loads(told.out)["changes"]) if told.code == 0 else True

    def shares(self) -> dict[str, int]:
        """Return the weight of each slot, by the name of its ECS service; none while it is being created."""
        found = weights(self.aws(), self._rules())
        return {
            each["serviceName"]: found[group["targetGroupArn"]]
            for each in self.services()
            for group in each["loadBalancers"]
            if group["targetGroupArn"] in found
        }

    def services(self) -> list[Any]:
        arns = self.aws().ecs.list_services(cluster=CLUSTER)["serviceArns"]
        found: list[Any] = []
        if arns:
            found += self.aws().ecs.describe_services(cluster=CLUSTER, services=arns)["services"]
        return [each for each in found if each["status"] == "ACTIVE"]

    def _rules(self) -> list[str]:
        """Return the rules by which the service gets its callers: those without a header."""
        elb = self.aws().elbv2
        balancer = elb.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"]
        return [
            rule["RuleArn"]
            for listener in elb.describe_listeners(LoadBalancerArn=balancer)["Listeners"]
            for rule in elb.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
            if not rule["IsDefault"] and not any("HttpHeaderConfig" in each for each in rule["Conditions"])
        ]

    def disunity(self, wanted: Version, *, alone: bool = False) -> Iterator[str]:
        """Yield what is not of this version: weights, tasks, record, answers; `alone`: other slots, too."""
        shares = self.shares()
        if len(shares) != 1 and (alone or sorted(shares.values()) != [0, 100]):
            yield f"the weights are {shares}"
        if (recorded := self.recorded()) != wanted:
            yield f"{recorded.name} is recorded, not {wanted.name}"
        for each in self.services():
            name = each["serviceName"]
            if not shares.get(name):
                continue
            if (running := self.version_of(each["taskDefinition"])) != wanted.name:
                yield f"{name} runs {running}, not {wanted.name}"
            if not each["runningCount"] == each["desiredCount"] > 0 or len(each["deployments"]) != 1:
                yield f"{name} runs {each['runningCount']} of {each['desiredCount']}"
        if (answering := self._answering()) != wanted.name:
            yield f"{answering} answers, not {wanted.name}"

    def recorded(self) -> Version:
        """Return the version of the newest release."""
        s3 = self.aws().s3
        listed = s3.list_objects_v2(Bucket=self.bucket, Prefix="releases/")["Contents"]
        body = s3.get_object(Bucket=self.bucket, Key=max(each["Key"] for each in listed))["Body"].read()
        found = json.loads(body)["services"][SERVICE]["settings"]["environment"]["VERSION"]
        return self.past.get(found, Version(name=found))

    def version_of(self, revision: str) -> str:
        """Return the version that a task definition runs."""
        made = self.aws().ecs.describe_task_definition(taskDefinition=revision)["taskDefinition"]
        found = {
            each["name"]: each["value"]
            for container in made["containerDefinitions"]
            for each in container["environment"]
        }
        return found["VERSION"]

    def _answering(self) -> str:
        answer = httpx.get(f"http://127.0.0.1:{self.ports['dev'][1]}/version", timeout=30)
        return str(answer.json()["version"]) if answer.status_code == 200 else f"status {answer.status_code}"

    def measured(self, part: str, name: str, work: Callable[["Tally"], Iterator[str]]) -> Row:
        """Measure a step; `work` yields problems and adds the rest to its tally. No command is a bug."""
        self.told.clear()
        tally, load, began = Tally(), os.getloadavg()[0], time.monotonic()
        problems = list(work(tally))
        problems += [f"{each}: {each.err[-300:]}" for each in self.told if each.code == BUG]
        return Row(
            part=part,
            name=name,
            seconds=round(tally.seconds or time.monotonic() - began, 1),
            load=round(load, 1),
            requests=tally.requests,
            bad=tally.bad,
            commands=tuple(map(str, self.told)),
            told=tally.told,
            figures=tally.figures,
            problems=tuple(problems),
        )


@dataclass
class Tally:
    """The sums of a row: callers' requests, a command's seconds and reason."""

    requests: int = 0
    bad: int = 0
    seconds: float = 0.0
    told: str = ""
    figures: dict[str, Any] = field(default_factory=dict)

    def add(self, callers: Callers, *, limit: float = 0.0) -> Iterator[str]:
        """Count callers' answers; yield what exceeds a limit, a share of the requests."""
        failed = callers.load.failed
        self.requests += len(callers.load.sent)
        self.bad += len(failed)
        self.figures["answers"] = dict(callers.versions)
        self.figures["slowest"] = round(max(each.ended - each.began for each in callers.load.sent), 3)
        if len(failed) > limit * len(callers.load.sent):
            kinds = Counter(each.trouble for each in failed)
            yield f"{len(failed)} of {len(callers.load.sent)} bad answers: {kinds.most_common(3)}"

    def tell(self, ended: Ended) -> None:
        """Keep the sentence by which a command says why it failed."""
        self.told = _reason(ended)


Rows = Iterator[tuple[str, Callable[[Tally], Iterator[str]]]]


def _reason(ended: Ended) -> str:
    reasons = [each["sentence"] for each in ended.document.get("reasons", [])]
    checks = [
        f"{check['name']}: {check['detail']}"
        for service in ended.document.get("services", {}).values()
        for check in service["verdict"]["checks"]
        if not check["ok"]
    ]
    return next(iter([*reasons, *checks]), "")


def eventually(condition: Callable[[], bool], *, seconds: float = _LONGEST_SECONDS) -> bool:
    """Wait until the condition is true; return whether it was."""
    until = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < until:
        time.sleep(0.1)
    return found


@contextmanager
def scene(*, is_provider_shared: bool) -> Iterator[Scene]:
    """Make a clone whose environment needs no option, so that the commands in errors can be typed.

    A provider that all commands share saves most of their CPU time.
    """
    with clone(None) as bench, ExitStack() as stack:
        port, alb_port = free_ports(2)
        bench.settings.clear()
        made = Scene(root=bench.root, ports={"dev": (port, alb_port)})
        made.past[made.released.name] = made.released
        stack.callback(made.run, "sandbox", "down", "dev")
        if is_provider_shared:
            stack.enter_context(_one_provider(made.root, port))
        yield made


@contextmanager
def _one_provider(root: Path, port: int) -> Iterator[None]:
    with tempfile.TemporaryDirectory(prefix="provider-") as folder:
        program = find_provider(Path(folder))
        aws = Aws(region="eu-west-1", endpoint_url=f"http://127.0.0.1:{port}")
        own = {name: value for name, value in aws.child_environment().items() if "ACCESS_KEY" not in name}
        # Read at each command, because the sandbox is not started yet.
        file = root / ".wrapper" / "dev" / "sandbox" / "credentials"
        with running(program, {**own, "AWS_SHARED_CREDENTIALS_FILE": str(file)}) as variables:
            os.environ[REATTACH] = variables[REATTACH]
            try:
                yield
            finally:
                del os.environ[REATTACH]
