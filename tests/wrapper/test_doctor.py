"""The doctor: what it finds on this machine and in the target, and the fixes."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from botocore.stub import Stubber

from tests.wrapper.environment.clone import Clone
from wrapper.aws.client import Aws, Credentials
from wrapper.environment import Environment
from wrapper.environment.root import SANDBOX_ACCOUNT
from wrapper.errors import PreconditionError
from wrapper.verbs.doctor import Check, diagnose
from wrapper.verbs.doctor.account import account_checks
from wrapper.verbs.doctor.machine import machine_checks, python

REFERENCE = {"reference": f"example.com/web@sha256:{'0' * 64}"}
ACCOUNT = "123456789012"


@pytest.fixture(autouse=True)
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same answer on machines with and without Docker."""
    monkeypatch.setenv("WRAPPER_CONTAINER_ENGINE", "none")


@pytest.fixture
def environment(tmp_path: Path) -> Callable[..., Environment]:
    """Return a function that loads the shipped dev.yaml with other values at some dotted paths."""
    clone = Clone(tmp_path)
    clone.environments.mkdir()
    (tmp_path / "Dockerfile").write_text("FROM scratch AS serve\n")

    def make(target: str = "aws", **changes: object) -> Environment:
        account = ACCOUNT if target == "aws" else SANDBOX_ACCOUNT
        dotted = {path.replace("__", "."): value for path, value in changes.items()}
        clone.write({"target": target, "region": "eu-west-1", "account_id": account, **dotted})
        return clone.load()

    return make


@pytest.fixture
def aws() -> Aws:
    """AWS clients whose calls Stubbers answer."""
    return Aws(region="eu-west-1", credentials=Credentials("AKIA", "secret"))


def find(checks: list[Check], name: str) -> Check:
    (only,) = [check for check in checks if check.name == name]
    return only


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_the_machine_is_checked_without_an_environment(tmp_path: Path) -> None:
    """Tools and the work folder are always checked; the target is not."""
    names = [check.name for check in diagnose(None, root=tmp_path)]
    assert names == ["python", "terraform", "providers", "git", "container engine", "work folder"]


def test_python_says_its_version(tmp_path: Path) -> None:
    """It is the version of the running Python."""
    check = find(diagnose(None, root=tmp_path), "python")
    assert (check.status, sys.executable in check.detail) == ("ok", True)


def test_an_old_python_is_refused() -> None:
    """3.10 lacks what the wrapper needs."""
    with pytest.raises(PreconditionError, match=r"python must be 3\.11 or newer, got 3\.10\.4\."):
        python((3, 10, 4))


def test_a_missing_terraform_fails_with_a_fix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Checks that depend on it are not guessed."""
    monkeypatch.setenv("PATH", str(tmp_path))
    checks = diagnose(None, root=tmp_path)
    terraform = find(checks, "terraform")
    assert (terraform.status, bool(terraform.fix)) == ("fail", True)
    assert find(checks, "providers").detail == "not checked: terraform is missing or too old"


def test_a_folder_without_commits_is_a_warning(tmp_path: Path) -> None:
    """A downloaded archive works, too, also inside somebody else's repository."""
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    inner = tmp_path / "inner"
    inner.mkdir()
    check = find(diagnose(None, root=inner), "git")
    assert check.status == "warn"
    assert check.detail == f"{inner} must be a clone with a commit, got: there is no {inner / '.git'}."


def test_a_work_folder_that_cannot_be_written_fails(tmp_path: Path) -> None:
    """A file has the folder's name."""
    (tmp_path / ".wrapper").touch()
    check = find(diagnose(None, root=tmp_path), "work folder")
    assert (check.status, bool(check.fix)) == ("fail", True)


def test_the_sandbox_needs_no_engine(tmp_path: Path, environment: Callable[..., Environment]) -> None:
    """The check says how tasks run."""
    check = find(diagnose(environment("sandbox"), root=tmp_path), "container engine")
    assert (check.status, check.detail) == ("ok", "no engine answers; the sandbox runs tasks as processes")


@pytest.mark.parametrize(("image", "status"), [({"context": "."}, "fail"), (REFERENCE, "warn")])
def test_aws_needs_an_engine_for_what_is_built_here(
    tmp_path: Path, environment: Callable[..., Environment], image: dict[str, str], status: str
) -> None:
    """An image by reference is built elsewhere."""
    checks = list(machine_checks(environment(services__recommender__image=image), tmp_path))
    assert find(checks, "container engine").status == status


def test_a_sandbox_that_could_start_is_fine(tmp_path: Path, environment: Callable[..., Environment]) -> None:
    """Both ports are free."""
    port, alb_port = free_port(), free_port()
    check = find(
        diagnose(environment("sandbox", sandbox__port=port, sandbox__alb_port=alb_port), root=tmp_path),
        "sandbox",
    )
    assert (check.status, check.detail) == ("ok", f"does not run; ports {port} and {alb_port} are free")


def test_a_taken_port_fails_with_a_fix(tmp_path: Path, environment: Callable[..., Environment]) -> None:
    """The line has the key and the port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        check = find(diagnose(environment("sandbox", sandbox__port=port), root=tmp_path), "sandbox")
    assert check.status == "fail"
    assert f"sandbox.port must be a free port, got {port}" in check.detail
    assert check.fix


def test_a_good_account_passes(environment: Callable[..., Environment], aws: Aws) -> None:
    """Region, credentials, account and state bucket are checked in this order."""
    with Stubber(aws.sts) as sts, Stubber(aws.s3) as s3:
        for _ in range(2):
            sts.add_response("get_caller_identity", {"Account": ACCOUNT})
        s3.add_client_error("head_bucket", http_status_code=404)
        checks = list(account_checks(environment(), aws))
    assert [(check.name, check.status, check.detail) for check in checks] == [
        ("region", "ok", "eu-west-1"),
        ("credentials", "ok", f"account {ACCOUNT}"),
        ("account_id", "ok", ACCOUNT),
        ("state bucket", "ok", f"recommender-dev-state-{ACCOUNT} will be created by the first apply"),
    ]


def zone_check(environment: Environment, aws: Aws, answer: dict[str, object] | None) -> Check:
    """Check an account with this hosted zone, or without one."""
    with Stubber(aws.sts) as sts, Stubber(aws.s3) as s3, Stubber(aws.route53) as route53:
        for _ in range(2):
            sts.add_response("get_caller_identity", {"Account": ACCOUNT})
        s3.add_response("head_bucket", {})
        if answer is None:
            route53.add_client_error("get_hosted_zone", service_error_code="NoSuchHostedZone")
        else:
            zone = {"Id": "/hostedzone/Z1", "CallerReference": "x", **answer}
            route53.add_response("get_hosted_zone", {"HostedZone": zone}, {"Id": "Z1"})
        return find(list(account_checks(environment, aws)), "hosted zone")


@pytest.mark.parametrize(
    ("answer", "status", "detail"),
    [
        ({"Name": "example.com."}, "ok", "example.com (Z1)"),
        (
            {"Name": "example.net."},
            "fail",
            "dns.zone_name must be the name of Z1, example.net, got example.com.",
        ),
        (
            {"Name": "example.com.", "Config": {"PrivateZone": True}},
            "fail",
            "dns.zone_id must be a public hosted zone (ACM sees no other), got the private Z1.",
        ),
        (None, "fail", "dns.zone_id must be a hosted zone of the account, got Z1."),
    ],
)
def test_the_hosted_zone_is_looked_at(
    environment: Callable[..., Environment],
    aws: Aws,
    answer: dict[str, object] | None,
    status: str,
    detail: str,
) -> None:
    """A wrong zone would be noticed only during an apply, or by a certificate that is never issued."""
    declared = environment(
        dns={"zone_id": "Z1", "zone_name": "example.com"},
        services__recommender__route__hosts=["films.example.com"],
    )
    check = zone_check(declared, aws, answer)
    assert (check.status, check.detail) == (status, detail)


def test_another_account_fails(environment: Callable[..., Environment], aws: Aws) -> None:
    """The message has both account ids."""
    with Stubber(aws.sts) as sts, Stubber(aws.s3) as s3:
        for _ in range(2):
            sts.add_response("get_caller_identity", {"Account": "999999999999"})
        s3.add_response("head_bucket", {})
        check = find(list(account_checks(environment(), aws)), "account_id")
    assert check.status == "fail"
    assert ACCOUNT in check.detail
    assert "999999999999" in check.detail


def test_bad_credentials_fail_once(environment: Callable[..., Environment], aws: Aws) -> None:
    """Checks that depend on them are not reported as failed, too."""
    with Stubber(aws.sts) as sts:
        sts.add_client_error("get_caller_identity", service_error_code="ExpiredToken")
        checks = list(account_checks(environment(), aws))
    assert [check.status for check in checks] == ["ok", "fail", "warn", "warn"]
    assert "sso login" in (checks[1].fix or "")


def test_a_region_that_aws_does_not_have_fails(environment: Callable[..., Environment], aws: Aws) -> None:
    """A typo is found without a call."""
    wrong = environment().model_copy(update={"region": "eu-west-9"})
    with Stubber(aws.sts) as sts:
        sts.add_client_error("get_caller_identity")
        check = find(list(account_checks(wrong, aws)), "region")
    assert (check.status, check.detail) == ("fail", "region must be one with ECS, got eu-west-9.")


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    """The doctor creates nothing."""
    diagnose(None, root=tmp_path)
    assert [os.fspath(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")] == [".wrapper"]
