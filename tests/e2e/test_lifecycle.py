"""The life cycle as a user sees it: apply, curl, apply again, break, repair, destroy, in this order."""

import json
import os
import re
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tests.e2e.conftest import RATINGS, Clone, kill_hard
from tests.terraform.examples import COMMON
from tests.terraform.policies import allowed, is_read
from tests.terraform.roots import Root, copy_root, terraform_variables

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]
as_containers = pytest.mark.as_containers

ROOT = Path(__file__).resolve().parents[2]
SERVICE = "services.recommender"
# Terraform's provider first asks IAM for the account. A role is no user, so AWS refuses, and it asks STS.
# STS needs no permission, and the wrapper asks it for the time.
UNGRANTED = {"iam:GetUser", "sts:GetCallerIdentity"}
ACCOUNT = "000000000000"
# The worked example of docs/jobs.md, which reads the pointer more often here.
RETRAINING = [
    """jobs={retrain: {
      image: {context: ., target: train},
      command: [--retrain, --name, movielens],
      trigger: {object_created: {prefix: ratings/, suffix: ratings.csv, variable: RATINGS_URI}},
      permissions: {read: [ratings/, models/movielens/], write: [models/movielens/]},
      size: {cpu: 1024, memory: 2048}}}""",
    f"{SERVICE}.model.follow=true",
    f'{SERVICE}.environment={{MODEL_POLL_SECONDS: "1"}}',
]
# Even users like even items, odd users odd ones; the smoke test's known users are among them.
NEW_RATINGS = "userId,movieId,rating,timestamp\n" + "".join(
    f"{user},{item},{1 + (user * item) % 5},{user}\n"
    for user in range(1, 61)
    for item in range(1, 81)
    if (user + item) % 2 == 0
)


@pytest.fixture(scope="module")
def applied(clone: Clone) -> subprocess.CompletedProcess[str]:
    """Apply a fresh clone for the first time, on the real ratings if they are available."""
    if RATINGS.is_file():
        clone.overrides.append(f"{SERVICE}.model.ratings={RATINGS}")
    return clone.make("apply")


@as_containers
def test_apply_ends_with_the_url_the_answer_what_runs_and_the_verdict(
    clone: Clone, applied: subprocess.CompletedProcess[str]
) -> None:
    """One command takes a fresh clone to a verified answer, and prints all of it."""
    assert applied.returncode == 0, applied.stderr
    for word in (clone.url, "GET /?uid=", "sha256:", "movielens/", "PASS"):
        assert word in applied.stdout


def test_the_readme_shows_what_apply_prints(applied: subprocess.CompletedProcess[str]) -> None:
    """The lines are equal except for digits, digests, and how much of the answer fits."""
    page = (ROOT / "README.md").read_text("utf-8")
    _, _, after = page.partition("```\n✓ Check what AWS accepts")
    shown = f"✓ Check what AWS accepts{after.partition('```')[0]}".splitlines()
    told = iter([_shape(line) for line in (applied.stderr + applied.stdout).splitlines()])
    # Each must come after the one before it.
    assert [line for line in shown if _shape(line) not in told] == []


def _shape(line: str) -> str:
    """Return a line's words, without the numbers, digests and answers of the day."""
    return re.sub(r"[0-9a-f]{12,}|[0-9.]+", "#", line.partition(" → ")[0])


def test_each_step_is_printed_with_its_duration(applied: subprocess.CompletedProcess[str]) -> None:
    """Standard error has one line for each step, in order."""
    steps = [line for line in applied.stderr.splitlines() if line.startswith("✓")]
    assert [line for line in steps if not line.rstrip().endswith(" s")] == []
    assert any("Apply app" in line for line in steps)


@as_containers
@pytest.mark.parametrize("uid", ["20", "671"])
def test_a_known_user_gets_ten_recommendations(clone: Clone, applied: object, uid: str) -> None:
    """The URL answers another process: best score first, no item twice."""
    body = clone.get(f"/?uid={uid}").json()
    scores = [score for _, _, score in body["response"]]
    assert body["success"] is True
    assert body["uid"] == uid
    assert len({item for item, _, _ in body["response"]}) == 10
    assert scores == sorted(scores, reverse=True)


@pytest.mark.skipif(not RATINGS.is_file(), reason="MovieLens latest-small is not beside the clone")
def test_titles_are_those_of_the_ratings_given(clone: Clone, applied: object) -> None:
    """Real ratings come with real titles."""
    titles = (RATINGS.with_name("movies.csv")).read_text(encoding="utf-8")
    assert all(title in titles for _, title, _ in clone.get("/?uid=20").json()["response"])


def test_an_unknown_user_is_404(clone: Clone, applied: object) -> None:
    """The error has the documented shape."""
    answer = clone.get("/?uid=100000")
    assert answer.status_code == 404
    assert answer.json()["error"] == "unknown_user"


@as_containers
def test_health_names_the_image_and_the_model_that_apply_named(
    clone: Clone, applied: subprocess.CompletedProcess[str]
) -> None:
    """The answer of /health has the image and the model of the apply."""
    health = clone.get("/health").json()
    assert health["image"] in applied.stdout
    assert health["model"] in applied.stdout


def test_a_second_apply_changes_nothing_and_still_smokes(clone: Clone, applied: object) -> None:
    """The same inputs give the same plan, image and model; the smoke test still runs."""
    again = clone.wrapper("apply", "dev", "--json")
    outcome = json.loads(again.stdout)
    assert again.returncode == 0, again.stderr
    assert outcome["changes"] == 0
    assert outcome["services"]["recommender"]["verdict"]["ok"] is True


@pytest.mark.parametrize("stack", ["foundation", "app"])
def test_terraform_itself_sees_no_change(clone: Clone, applied: object, stack: str) -> None:
    """`terraform plan` with the wrapper's rendered files is empty."""
    work = clone.root / ".wrapper" / "dev"
    sandbox = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{clone.port}"}
    keys = {"AWS_SHARED_CREDENTIALS_FILE": str(clone.credentials()), "AWS_REGION": "eu-west-1"}
    files = {
        "TF_DATA_DIR": str(work / stack / "data"),
        "TF_CLI_CONFIG_FILE": str(work / "terraform.rc"),
    }
    planned = subprocess.run(
        [
            "terraform",
            f"-chdir={clone.root / 'terraform' / 'stacks' / stack}",
            "plan",
            "-detailed-exitcode",
            "-no-color",
            f"-var-file={work / stack / 'terraform.tfvars'}",
        ],
        env=os.environ | sandbox | keys | files,
        capture_output=True,
        text=True,
        check=False,
    )
    assert planned.returncode == 0, planned.stdout + planned.stderr


def test_the_wrappers_own_plan_is_empty_too(clone: Clone, applied: object) -> None:
    """The image and the model that plan predicts are those that apply has published."""
    assert clone.wrapper("plan", "dev", "--detailed-exitcode").returncode == 0


@as_containers
def test_a_killed_task_is_replaced_and_the_answer_stays_up(clone: Clone, applied: object) -> None:
    """One of two tasks is killed by SIGKILL: the other answers, and a replacement is healthy soon."""
    before = set(clone.task_pids())
    kill_hard(min(before))
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        # Requests in flight on the killed task may be lost, but none after it.
        time.sleep(0.5)
        assert clone.get("/?uid=20").status_code == 200
        if len(set(clone.task_pids()) - {min(before)}) >= len(before) and healthy_targets(clone) == 2:
            break
    assert healthy_targets(clone) == 2
    assert min(before) not in clone.task_pids()


def test_a_script_learns_where_the_sandbox_is(clone: Clone, applied: object) -> None:
    """It gets the address of the running sandbox, and no second one is started."""
    running = json.loads(clone.wrapper("sandbox", "up", "dev", "--json").stdout)
    assert running["alb_url"] == clone.url
    assert httpx.get(running["endpoint_url"]).status_code < 500
    assert (clone.status() or {})["sandbox"] == running


@as_containers
def test_a_second_unlike_service_joins(clone: Clone, applied: object) -> None:
    """A file server with a path of its own and a sidecar joins, and no other task is replaced."""
    add_pages(clone)
    joined = clone.wrapper("apply", "dev")
    assert joined.returncode == 0, joined.stderr
    assert clone.get("/pages/").text == "a page\n"
    assert clone.get("/?uid=20").json()["success"] is True
    told = clone.wrapper("logs", "dev", "pages").stdout
    assert re.search(r"Z pages/beside/\w+ here", told)
    assert clone.wrapper("plan", "dev", "--detailed-exitcode").returncode == 0


def test_a_service_outside_its_hours_sleeps_and_nothing_is_wrong(clone: Clone, applied: object) -> None:
    """At the limits that a schedule sets, there is no task and no change; status and smoke say why."""
    resource = "service/recommender-dev/pages"
    clone.aws().autoscaling.register_scalable_target(
        ServiceNamespace="ecs",
        ResourceId=resource,
        ScalableDimension="ecs:service:DesiredCount",
        MinCapacity=0,
        MaxCapacity=0,
    )
    clone.aws().ecs.update_service(cluster="recommender-dev", service="pages", desiredCount=0)
    assert clone.wrapper("plan", "dev", "--detailed-exitcode").returncode == 0
    applied_again = clone.wrapper("apply", "dev")
    assert applied_again.returncode == 0, applied_again.stderr
    assert "without tasks now: pages" in applied_again.stderr
    status = json.loads(clone.wrapper("status", "dev", "--json").stdout)
    assert [name for name, each in status["services"].items() if each["asleep"]] == ["pages"]
    assert "not asked" in clone.wrapper("smoke", "dev").stdout


def test_a_service_that_goes_takes_its_repository_with_it_in_the_end(clone: Clone, applied: object) -> None:
    """No task uses the repository by then; roll-out and answers are verified without the service before."""
    change_services(clone, pages=None)
    gone = clone.wrapper("apply", "dev", overrides=RETRAINING)
    assert gone.returncode == 0, gone.stderr
    done = [line.split("  ")[0] for line in gone.stderr.splitlines() if line.startswith("✓")]
    order = ["✓ Apply foundation", "✓ Apply app", "✓ Record the release", "✓ Apply foundation"]
    assert [each for each in done if each in order] == order
    named = {each["repositoryName"] for each in clone.aws().ecr.describe_repositories()["repositories"]}
    assert named == {"recommender-dev/recommender", "recommender-dev/retrain"}


@as_containers
def test_new_ratings_are_served_without_a_deployment(clone: Clone, applied: object) -> None:
    """A ratings file in the bucket starts the training, and the services follow the new pointer."""
    assert clone.wrapper("apply", "dev", overrides=RETRAINING).returncode == 0
    before, arn = clone.get("/health").json(), task_definitions(clone)
    bucket = f"recommender-dev-models-{ACCOUNT}"
    clone.aws().s3.put_object(Bucket=bucket, Key="ratings/ratings.csv", Body=NEW_RATINGS.encode())
    deadline = time.monotonic() + 300
    # Each task follows by itself, and the load balancer asks them in turn.
    while before["model"] in {clone.get("/health").json()["model"] for _ in range(10)}:
        assert time.monotonic() < deadline, clone.wrapper(
            "logs", "dev", "retrain", overrides=RETRAINING
        ).stdout
        time.sleep(0.5)
    after = clone.get("/health").json()
    pointer = json.load(clone.aws().s3.get_object(Bucket=bucket, Key="models/movielens/current.json")["Body"])
    assert after["model"] == f"movielens/{pointer['version']}"
    assert after["model_sha256"] == pointer["manifest_sha256"]
    assert clone.get("/?uid=60").json()["model"] == after["model"]
    assert task_definitions(clone) == arn
    assert clone.wrapper("smoke", "dev", overrides=RETRAINING).returncode == 0


@as_containers
def test_a_job_runs_by_hand_and_its_failure_is_told(clone: Clone, applied: object) -> None:
    """A second run finds its work done. Without ratings it ends with exit code 6 and its last log lines."""
    found = f"RATINGS_URI=s3://recommender-dev-models-{ACCOUNT}/ratings"
    again = clone.wrapper("run", "dev", "retrain", "--env", f"{found}/ratings.csv", overrides=RETRAINING)
    assert again.returncode == 0, again.stderr
    assert "is published already" in again.stdout
    failed = clone.wrapper("run", "dev", "retrain", "--env", f"{found}/none.csv", overrides=RETRAINING)
    assert failed.returncode == 6
    assert "none.csv:0: is missing." in failed.stderr
    assert "retrain  failed" in clone.wrapper("status", "dev", overrides=RETRAINING).stdout


@as_containers
def test_destroy_leaves_nothing(clone: Clone, applied: object) -> None:
    """The inventory is empty, all processes have ended, and no port is open any more."""
    tasks = clone.task_pids()
    destroyed = clone.make("destroy", "--yes", "--json")
    outcome = json.loads(destroyed.stdout)
    assert destroyed.returncode == 0, destroyed.stderr
    assert outcome["left"] == []
    assert {"ecs", "elbv2", "ec2", "ecr", "s3", "logs", "iam", "events", "sqs"} <= {
        each["service"] for each in outcome["before"]
    }
    assert clone.status() is None
    assert [pid for pid in tasks if process_exists(pid)] == []
    with pytest.raises(httpx.ConnectError):
        clone.get("/")


def test_githubs_roles_allow_what_was_called(clone: Clone, applied: object, tmp_path: Path) -> None:
    """Of all calls since the first apply, the plan role allows the reads, and the apply role allows all."""
    called = set(json.loads(clone.wrapper("sandbox", "calls", "dev", "--json").stdout)) - UNGRANTED
    github = Root(copy_root("stacks/github", tmp_path), terraform_variables(tmp_path))
    plan = github.plan({**COMMON, "github": {"repository": "example/shop"}})
    reads = {
        action
        for policy, action, _ in allowed(plan)
        if policy in ("shop-dev-github-list", "shop-dev-github-read")
    }
    assert {"ecs:DeleteService", "ecs:DescribeServices"} <= called
    # Only an apply reads what a task wrote to its log.
    assert {action for action in called if is_read(action)} - {
        "logs:FilterLogEvents",
        "logs:GetLogEvents",
    } <= reads
    assert called <= {action for _, action, _ in allowed(plan)}


def test_destroy_of_nothing_says_so(clone: Clone) -> None:
    """A second destroy is not an error."""
    again = clone.wrapper("destroy", "dev", "--yes")
    assert again.returncode == 0
    assert "nothing to destroy" in again.stdout
    down = clone.wrapper("sandbox", "down", "dev", "--json")
    assert json.loads(down.stdout) == {"environment": "dev", "stopped": False}


def add_pages(clone: Clone) -> None:
    """Add a service to the environment that is no recommender: files, a shell, another port, hours."""
    folder = clone.root / "pages"
    (folder / "pages").mkdir(parents=True)
    (folder / "pages" / "index.html").write_text("a page\n")
    serve = "exec python3 -m http.server $PORT --bind ${HOST:-0.0.0.0}"
    command = json.dumps(["sh", "-c", serve])
    (folder / "Dockerfile").write_text(f"FROM python:3.13-slim\nWORKDIR /srv\nCOPY . .\nCMD {command}\n")
    day = (datetime.now(UTC) + timedelta(days=3)).strftime("%a").lower()
    pages = {
        "image": {"context": "pages"},
        "port": 9000,
        "size": {"cpu": 256, "memory": 512},
        "scaling": {"min": 1, "max": 1, "hours": {"start": "08:00", "stop": "18:00", "days": [day]}},
        "health": {"path": "/pages/", "interval_seconds": 5, "timeout_seconds": 2, "grace_seconds": 10},
        "rollout": {"drain_seconds": 1},
        "route": {"paths": ["/pages/*"]},
        "sidecars": {"beside": {"command": ["sh", "-c", "echo here; exec sleep 600"], "essential": False}},
        "depends_on": {"beside": "START"},
        "smoke": {"attempts": 2, "requests": [{"path": "/pages/", "status": 200}]},
    }
    change_services(clone, pages=pages)


def change_services(clone: Clone, **services: dict[str, Any] | None) -> None:
    """Write services into the environment file, and remove those that are None."""
    file = clone.root / "environments" / "dev.yaml"
    data = yaml.safe_load(file.read_text())
    changed = data["services"] | services
    data["services"] = {name: service for name, service in changed.items() if service}
    file.write_text(yaml.safe_dump(data, sort_keys=False))


def healthy_targets(clone: Clone) -> int:
    elbv2 = clone.aws().elbv2
    groups = elbv2.describe_target_groups()["TargetGroups"]
    health = elbv2.describe_target_health(TargetGroupArn=groups[0]["TargetGroupArn"])
    return sum(each["TargetHealth"]["State"] == "healthy" for each in health["TargetHealthDescriptions"])


def task_definitions(clone: Clone) -> list[str]:
    ecs = clone.aws().ecs
    services = ecs.describe_services(cluster="recommender-dev", services=["recommender"])["services"]
    return [each["taskDefinition"] for service in services for each in service["deployments"]]


def process_exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
