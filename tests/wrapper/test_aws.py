"""The AWS clients: their settings, what child processes inherit, and the messages of errors."""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from wrapper.aws import client as aws_module
from wrapper.aws.client import Aws, Credentials, code_of, explain, explained
from wrapper.aws.clock import Clock
from wrapper.ecs.rollout.observation import task_of
from wrapper.errors import ArtifactError, PreconditionError, WrapperError

SANDBOX = "http://127.0.0.1:4566"
KEYS = Credentials("SANDBOX1", "s3cr3t")


@pytest.fixture
def offline() -> Aws:
    """AWS clients whose calls a Stubber answers."""
    return Aws(region="eu-west-1", credentials=Credentials("AKIA", "secret"))


@contextmanager
def refused(aws: Aws, code: str, message: str = "no") -> Iterator[None]:
    """Let the next DescribeClusters fail with `code`."""
    with Stubber(aws.ecs) as stubber:
        stubber.add_client_error("describe_clusters", service_error_code=code, service_message=message)
        yield


def failure_of(aws: Aws, code: str, otherwise: type[WrapperError] = PreconditionError) -> WrapperError:
    with refused(aws, code), pytest.raises(WrapperError) as caught, explained(otherwise):
        aws.ecs.describe_clusters()
    return caught.value


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_clients_are_made_once(offline: Aws) -> None:
    """A service's client is created at its first use and then kept."""
    assert offline.ecs is offline.ecs


def test_sandbox_ignores_the_users_profile_and_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """The emulator gets its own keys even if the user has a profile, keys and a session token."""
    monkeypatch.setenv("AWS_PROFILE", "does-not-exist")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAREAL")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "real")
    aws = Aws(region="eu-west-1", endpoint_url=SANDBOX, credentials=KEYS)
    credentials = aws._session.get_credentials()
    assert credentials is not None
    assert (credentials.access_key, credentials.token) == ("SANDBOX1", None)
    nobodys = Aws(region="eu-west-1", endpoint_url=SANDBOX)._session.get_credentials()
    assert nobodys is not None
    assert (nobodys.access_key, nobodys.token) == ("nobody", None)


def test_sandbox_ignores_a_service_endpoint_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS_ENDPOINT_URL_S3 can't redirect calls that are meant for the emulator."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://elsewhere.invalid")
    assert Aws(region="eu-west-1", endpoint_url=SANDBOX).s3.meta.endpoint_url == SANDBOX


def test_process_environment_empties_what_is_inherited(monkeypatch: pytest.MonkeyPatch) -> None:
    """Terraform in the sandbox gets no AWS variable of the user's."""
    monkeypatch.setenv("AWS_PROFILE", "work")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://elsewhere.invalid")
    variables = Aws(region="eu-west-1", endpoint_url=SANDBOX, credentials=KEYS).process_environment()
    assert (variables["AWS_PROFILE"], variables["AWS_ENDPOINT_URL_S3"]) == ("", "")
    assert (variables["AWS_ENDPOINT_URL"], variables["AWS_ACCESS_KEY_ID"]) == (SANDBOX, "SANDBOX1")


def test_process_environment_keeps_the_users_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loopback is added to the user's list of hosts without a proxy."""
    monkeypatch.setenv("NO_PROXY", "intranet")
    variables = Aws(region="eu-west-1", endpoint_url=SANDBOX).process_environment()
    assert variables["NO_PROXY"] == "intranet,127.0.0.1,localhost"


def test_process_environment_of_aws_names_only_the_region() -> None:
    """With target aws, Terraform finds credentials as the user has configured them."""
    assert Aws(region="eu-west-1").process_environment() == {
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }


def test_child_environment_has_no_empty_aws_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty AWS_PROFILE would be a profile's name for botocore."""
    monkeypatch.setenv("AWS_PROFILE", "work")
    variables = Aws(region="eu-west-1", endpoint_url=SANDBOX).child_environment()
    assert "AWS_PROFILE" not in variables
    assert "PATH" in variables


def test_error_names_operation_code_and_message(offline: Aws) -> None:
    """The message has the call, AWS's code and AWS's words; the step chooses the class."""
    error = failure_of(offline, "ClusterNotFoundException", ArtifactError)
    assert type(error) is ArtifactError
    assert "DescribeClusters failed with ClusterNotFoundException: no (request" in error.message


@pytest.mark.parametrize("code", ["ExpiredTokenException", "InvalidClientTokenId", "RequestExpired"])
def test_error_of_a_lapsed_session_says_to_sign_in(offline: Aws, code: str) -> None:
    """Expired credentials are a precondition in every step, and the fix is to sign in."""
    error = failure_of(offline, code, ArtifactError)
    assert type(error) is PreconditionError
    assert error.fix is not None
    assert error.fix.startswith("sign in again")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (
            "SignatureDoesNotMatch",
            "Signature expired: 20261130T074107Z is now earlier than 20261130T084135Z",
        ),
        (
            "InvalidSignatureException",
            "Signature not yet current: 20261130T094107Z is still later than 20261130T084635Z",
        ),
        (
            "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.",
        ),
    ],
)
def test_error_of_a_wrong_clock_says_to_set_it(code: str, message: str) -> None:
    """AWS reports it with the codes of wrong keys."""
    answer: Any = {"Error": {"Code": code, "Message": message}}
    error = explain(ClientError(answer, "ListTasks"), otherwise=ArtifactError)
    assert type(error) is PreconditionError
    assert str(error.fix).startswith("set this machine's clock")


def test_an_age_is_by_the_clock_of_aws() -> None:
    """This machine's clock may be an hour off: a task would never be old enough, or at once."""
    sent = {"ResponseMetadata": {"HTTPHeaders": {"date": "Mon, 30 Nov 2026 08:57:45 GMT"}}}
    begun = datetime(2026, 11, 30, 8, 57, 35, tzinfo=UTC)
    assert abs((Clock().now() - datetime.now(UTC)).total_seconds()) < 60
    clock = Clock(local=lambda: begun - timedelta(hours=1))
    clock.hear(sent)
    assert task_of({"startedAt": begun}, now=clock.now()).age_seconds == 10
    assert task_of({}, now=clock.now()).age_seconds == 0


def test_the_clock_is_that_of_the_newest_answer() -> None:
    """Until there is one, and as long as they differ by what an answer takes, it is this machine's."""

    def sent(date: str) -> dict[str, Any]:
        return {"ResponseMetadata": {"HTTPHeaders": {"date": date}}}

    here = datetime(2026, 11, 30, 10, 0, 0, 250_000, tzinfo=UTC)
    clock = Clock(local=lambda: here)
    assert (clock.now(), clock.has_heard) == (here, False)
    clock.hear(sent("Mon, 30 Nov 2026 09:00:00 GMT"))
    assert (clock.now(), clock.has_heard) == (datetime(2026, 11, 30, 9, tzinfo=UTC), True)
    clock.hear({})
    assert clock.now() == datetime(2026, 11, 30, 9, tzinfo=UTC)
    clock.hear(sent("Mon, 30 Nov 2026 09:59:58 GMT"))
    assert clock.now() == here


def test_error_of_a_missing_permission_is_a_precondition(offline: Aws) -> None:
    """A person who grants permissions must act."""
    error = failure_of(offline, "AccessDeniedException", ArtifactError)
    assert type(error) is PreconditionError
    assert "permission" in str(error.fix)


def test_error_of_another_region_points_at_the_region(offline: Aws) -> None:
    """The message about a bucket in another region names the region."""
    error = failure_of(offline, "PermanentRedirect")
    assert "region" in str(error.fix)


def test_error_without_credentials_says_how_to_set_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Without credentials the first call fails with this fix, before anything is sent."""
    empty = tmp_path_factory.mktemp("home") / "none"
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(empty))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(empty))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(PreconditionError, match="No AWS credentials were found") as caught:
        Aws(region="eu-west-1").account_id()
    assert "AWS_PROFILE" in str(caught.value.fix)


def test_error_of_an_unknown_profile_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the missing profile."""
    monkeypatch.setenv("AWS_PROFILE", "does-not-exist")
    with pytest.raises(PreconditionError, match="does-not-exist"):
        Aws(region="eu-west-1").account_id()


def test_error_of_a_dead_sandbox_says_how_to_start_it() -> None:
    """If the emulator does not listen, the fix is the command that starts it."""
    with pytest.raises(PreconditionError, match="did not answer") as caught:
        Aws(region="eu-west-1", endpoint_url=f"http://127.0.0.1:{closed_port()}").account_id()
    assert "sandbox up" in str(caught.value.fix)


def test_explain_takes_an_error_without_metadata() -> None:
    """An error that has only a code still becomes a sentence."""
    error = ClientError({"Error": {"Code": "Odd"}}, "DescribeThings")
    assert explain(error).message == "AWS DescribeThings failed with Odd: no message (request none)."
    assert code_of(error) == "Odd"


@pytest.mark.slow
def test_error_names_the_service(aws: Aws) -> None:
    """The message of a real error has its service and the request's id."""
    said = r"^ecr DescribeImages failed with RepositoryNotFoundException: .* \(request .+\)\.$"
    with pytest.raises(ArtifactError, match=said), explained(ArtifactError):
        aws.ecr.describe_images(repositoryName="missing")


@pytest.mark.slow
def test_account_id_is_the_sandbox_account(aws: Aws) -> None:
    """The credentials' account is read, not assumed."""
    assert aws.account_id() == "000000000000"


# Lists of regions in boto3, and what the model says of a call: none of these calls AWS.
OFFLINE = {"verbs/doctor/account.py", "sandbox/actions.py", "aws/judge/wire.py"}


def test_every_call_goes_through_one_door() -> None:
    """A client created elsewhere would have no time-outs, no retries, and not the sandbox's address."""
    package = Path(aws_module.__file__).parents[1]
    makers = re.compile(
        r"^\s*(import (boto3|botocore)|from (boto3|botocore) import (?!exceptions))", re.MULTILINE
    )
    found = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if makers.search(path.read_text("utf-8"))
    }
    assert found == {"aws/client.py"} | OFFLINE
