"""From a saved plan to its roll-out, and to changes by hand after it, in order."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.e2e import by_hand
from tests.e2e.conftest import Clone

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("attached")]

SERVICE = "services.recommender"
QUICK = [f"{SERVICE}.smoke.attempts=3", f"{SERVICE}.rollout.drain_seconds=1"]
# A permanent environment is judged by the strict rules, one of which plain HTTP breaks.
LASTING = "disposable=false"
WHY = "nobody but this test calls it"


@pytest.fixture(scope="module")
def first(clone: Clone, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The clone with a commit; return the folder for its plans."""
    clone.overrides += [*QUICK, LASTING]
    git(clone, "init", "-q")
    git(clone, "add", "environments", "terraform", "wrapper", "service", "Dockerfile", "pyproject.toml")
    git(clone, "commit", "-qm", "Begin")
    return tmp_path_factory.mktemp("plans")


def git(clone: Clone, *words: str) -> None:
    names = ["-c", "user.name=ada", "-c", "user.email=ada@example.com"]
    subprocess.run(["git", "-C", str(clone.root), *names, *words], check=True, capture_output=True)


def refused(clone: Clone, folder: Path, *words: str) -> str:
    """Apply a saved plan that must be refused; return the messages."""
    answer = clone.wrapper("apply", "dev", "--plan", str(folder), *words)
    assert answer.returncode == 12, answer.stderr
    return answer.stderr


def elsewhere(clone: Clone, root: Path) -> Clone:
    """Check the same commit out again, for the same sandbox."""
    ignored = shutil.ignore_patterns(".wrapper")
    shutil.copytree(clone.root, root, symlinks=True, ignore=ignored)
    (root / ".wrapper" / "dev").mkdir(parents=True)
    for shared in ("sandbox-venv", "dev/sandbox"):
        (root / ".wrapper" / shared).symlink_to(clone.root / ".wrapper" / shared)
    return Clone(root=root, port=clone.port, alb_port=clone.alb_port, overrides=clone.overrides)


def test_a_plan_with_something_predicted_cannot_be_applied(clone: Clone, first: Path) -> None:
    """Until everything is published it is only a review; plan and apply both say so."""
    planned = clone.wrapper("plan", "dev", "--out", str(first / "inexact"))
    assert planned.returncode == 0, planned.stderr
    assert "recommender: its image is not published yet." in planned.stdout
    assert list((first / "inexact").glob("*.tfplan")) == []
    told = refused(clone, first / "inexact")
    assert "the plan of dev is not exact" in told
    assert "fix: python -m wrapper publish dev, then plan again" in told


def test_publishing_makes_a_plan_exact_and_touches_nothing_that_runs(clone: Clone, first: Path) -> None:
    """Publishing creates the repository, the bucket, the image and the model, but no service."""
    planned = clone.deliver("plan", first / "blocked")
    assert planned.returncode == 0, planned.stderr
    assert "@sha256:" in planned.stdout
    assert json.loads((first / "blocked" / "plan.json").read_text())["inexact"] == []
    assert json.loads((first / "blocked" / "review.json").read_text())["blocked"] == ["plain-http"]
    assert clone.wrapper("output", "dev").returncode == 10


def test_a_blocked_plan_is_not_applied(clone: Clone, first: Path) -> None:
    """It is shown with the option that overrides the block; nothing is created."""
    answer = clone.wrapper("apply", "dev", "--plan", str(first / "blocked"))
    assert answer.returncode == 11, answer.stderr
    assert "blocked by plain-http" in answer.stderr
    assert '--allow plain-http="..."' in answer.stderr
    assert clone.wrapper("output", "dev").returncode == 10


def test_whatever_moved_is_told(clone: Clone, first: Path) -> None:
    """Changed are a byte of the plan, one of the service's source, an option, the commit, and all at once."""
    planned = clone.wrapper("plan", "dev", "--out", str(first / "plan"), "--allow", f"plain-http={WHY}")
    assert planned.returncode == 0, planned.stderr
    assert f"allowed: {WHY}" in planned.stdout
    file = clone.root / "environments" / "dev.yaml"
    was = file.read_bytes()
    file.write_bytes(was + b"#")
    git(clone, "commit", "-q", "--allow-empty", "-m", "Go on")
    words = clone.command("apply", "dev", "--plan", str(first / "plan"), overrides=["rollback=never"])[1:]
    answer = clone.run(*words)
    assert answer.returncode == 12
    assert "the commit must be " in answer.stderr
    assert "environments/dev.yaml must be as it was." in answer.stderr
    file.write_bytes(was)
    git(clone, "reset", "-q", "--soft", "HEAD~1")
    source = clone.root / "service" / "app.py"
    was = source.read_bytes()
    source.write_bytes(was + b"\n")
    told = refused(clone, first / "plan")
    source.write_bytes(was)
    assert "uncommitted changes must be as it was." in told


def test_exactly_the_saved_plan_is_applied_from_another_checkout(clone: Clone, first: Path) -> None:
    """A CI job has only the commit and the plan's folder. The reason and the time are recorded."""
    other = elsewhere(clone, first / "checkout")
    applied = other.deliver("apply", first / "plan", "--json")
    assert applied.returncode == 0, applied.stderr
    outcome = json.loads(applied.stdout)
    assert (outcome["ok"], outcome["release"], outcome["allowed"]) == (True, 1, {"plain-http": WHY})
    rollout = outcome["services"]["recommender"]["rollout"]
    assert 0 < rollout["seconds"] <= rollout["bound_seconds"]
    assert clone.get("/?uid=20").status_code == 200
    (release,) = json.loads(clone.wrapper("releases", "dev", "--json").stdout)
    assert release["allowed"] == {"plain-http": WHY}
    assert release["services"]["recommender"]["rollout"] == rollout


def test_an_apply_from_elsewhere_moved_the_state(clone: Clone, first: Path) -> None:
    """The same plan can't be applied twice, from any checkout."""
    told = refused(clone, first / "plan")
    assert "the state of app must be none, got " in told


def test_a_change_in_one_stack_is_priced_with_what_stays_in_the_other(clone: Clone, first: Path) -> None:
    """Bill and picture show the whole environment; an empty plan is not read."""
    larger = clone.wrapper("plan", "dev", "--json", "--set", "services.recommender.scaling.max=5")
    review = json.loads(larger.stdout)["review"]
    assert review["stacks"]["foundation"]["resources"] == []
    priced = {line["address"] for line in review["cost"]["lines"]}
    assert priced >= {"module.alb[0].aws_lb.front", "module.model_store[0].aws_s3_bucket.models"}
    assert json.loads(clone.wrapper("plan", "dev", "--json").stdout)["review"]["cost"] is None


def test_without_a_change_there_is_no_drift(clone: Clone, first: Path) -> None:
    """Things that AWS lists twice, such as a group with its rules, are no drift."""
    seen = clone.deliver("drift", first / "drift")
    assert seen.returncode == 0, seen.stdout + seen.stderr
    assert json.loads((first / "drift" / "drift.json").read_text())["changes"] == []


def test_twenty_changes_by_hand_are_found_named_and_taken_back(clone: Clone, first: Path) -> None:
    """Fifteen of them were even written into the state by a refresh; in the end AWS is as declared."""
    aws = clone.aws()
    declared = by_hand.seen(aws)
    by_hand.add(aws)
    by_hand.take_for_given(clone.root, aws)
    by_hand.change(aws)
    assert clone.deliver("drift", first / "drift").returncode == 9
    found = json.loads((first / "drift" / "drift.json").read_text())["changes"]
    assert len(found) == 20, found
    allowed = ["apply", "dev", "--allow", f"plain-http={WHY}"]
    blocked = clone.wrapper(*allowed)
    assert blocked.returncode == 11, blocked.stderr
    assert "blocked by by-hand" in blocked.stderr
    assert "the inline policy backdoor, which nobody declared" in blocked.stderr
    assert by_hand.seen(aws) != declared
    applied = clone.wrapper(*allowed, "--allow", "by-hand=nobody meant it")
    assert applied.returncode == 0, applied.stderr
    assert by_hand.seen(aws) == declared
    assert clone.deliver("drift", first / "drift").returncode == 0


def test_what_is_changed_by_hand_is_drift(clone: Clone, first: Path) -> None:
    """Drift names an opened port, another log retention, and a service with another task definition."""
    aws = clone.aws()
    groups = aws.ec2.describe_security_groups()["SecurityGroups"]
    group = next(each for each in groups if each["GroupName"] == "recommender-dev-recommender")
    door = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    aws.ec2.authorize_security_group_ingress(GroupId=group["GroupId"], IpPermissions=[door])  # type: ignore[list-item]
    aws.logs.put_retention_policy(logGroupName="/ecs/recommender-dev/recommender", retentionInDays=90)
    seen = clone.deliver("drift", first / "drift")
    assert seen.returncode == 9, seen.stderr
    found = json.loads((first / "drift" / "drift.json").read_text())
    told = {each["address"].rpartition(".")[2]: each["attributes"] for each in found["changes"]}
    assert sorted(told) == ["service", "tasks"]
    assert [(each["path"], each["after"]) for each in told["service"]] == [("retention_in_days", 90)]
    assert told["tasks"][0]["after"]["from_port"] == 22
    assert found["notes"] == ["It is not known who changed it: the sandbox keeps no CloudTrail."]


def test_publishing_leaves_to_an_apply_what_changes_something(clone: Clone, first: Path) -> None:
    """Publishing does not shorten the lifetime of images: that changes an existing resource."""
    published = clone.wrapper("publish", "dev", overrides=["images.unreleased_days=30"])
    assert published.returncode == 0, published.stderr
    # Terraform replaces a lifecycle policy.
    assert "foundation: 1 to add, 0 to change, 1 to destroy; an apply has to do that." in published.stderr
