"""From findings to lines, JSON and an error; also checks that can't be made."""

from collections.abc import Iterator

import pytest
from botocore.stub import Stubber

from tests.wrapper import stack as stacks
from wrapper.aws.client import Aws, Credentials
from wrapper.delivery.verify import Finding, Report, Scene, look
from wrapper.delivery.verify.access import secrets
from wrapper.delivery.verify.finding import failure, good, warning
from wrapper.errors import PreconditionError

BAD = failure("services.web.image.reference", "must be there, got nothing.", "push it")
MIND = warning("subnets", "should be larger.", "make them larger")


def report(*findings: Finding) -> Report:
    return Report(environment="dev", findings=findings)


def test_failures_come_all_at_once() -> None:
    """Each has its own fix; warnings don't stop anything. The exit code is 10."""
    with pytest.raises(PreconditionError) as caught:
        report(BAD, MIND, BAD).raise_unless_good()
    assert caught.value.exit_code == 10
    assert caught.value.message.startswith("dev can't be applied: 2 problems to fix\n")
    assert caught.value.message.count("fix: push it") == 2
    assert "subnets" not in caught.value.message
    assert report(BAD, MIND).verdict == "dev cannot be applied: 1 to fix, 1 with a warning"


def test_warnings_alone_are_good() -> None:
    """They are counted and listed."""
    found = report(good("a", "is there"), MIND)
    found.raise_unless_good()
    assert found.summary == "1 with a warning, 1 good"
    assert found.verdict == "dev can be applied: 1 with a warning, 1 good"
    assert found.rows()[1:] == [
        ("warn", "subnets", "should be larger."),
        ("", "", "fix: make them larger"),
        ("ok", "a", "is there"),
    ]


def test_json_tells_every_finding() -> None:
    """`ok` is false if anything fails."""
    document = report(BAD, MIND).as_json()
    assert document["ok"] is False
    assert [each["level"] for each in document["findings"]] == ["fail", "warn"]


def test_a_check_without_permission_is_a_warning() -> None:
    """The warning has AWS's own words, and the other checks continue."""
    declared = stacks.environment("prod", target="aws")
    arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:token-abcdef"
    web = declared.services["web"].model_copy(update={"secrets": {"TOKEN": arn}})
    environment = declared.model_copy(update={"services": {"web": web}})
    aws = Aws(region="eu-west-1", credentials=Credentials("key", "secret"))
    scene = Scene(aws=aws, environment=environment, release=None, managed=frozenset(), sandbox=False)

    def fine(_: Scene) -> Iterator[Finding]:
        yield good("b", "is there")

    stub = Stubber(aws.secrets)
    stub.add_client_error("describe_secret", "AccessDeniedException", "no")
    with stub:
        denied, other = look(scene, [secrets, fine])
    assert (denied.level, other.level) == ("warn", "ok")
    assert denied.detail.startswith("not checked: secretsmanager DescribeSecret failed with AccessDenied")
    assert "permission" in str(denied.fix)
