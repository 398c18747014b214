"""The sandbox's APIs answer callers that have signed, and refuse all others."""

import json
import os
import shlex
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.wrapper.sandbox.stage import FakeEnvironment, Stage, aws_of, boto3_keys, call, eventually, signed
from wrapper import sandbox
from wrapper.aws.client import Caller, Credentials, key_of_role
from wrapper.cli.sandbox import exports
from wrapper.errors import PreconditionError
from wrapper.sandbox import keys

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
MAKE_USER = "Action=CreateUser&UserName=attack&Version=2010-05-08"
UNKNOWN, WRONG = "UnrecognizedClientException", "InvalidSignatureException"
LIST = {
    "Content-Type": "application/x-amz-json-1.1",
    "X-Amz-Target": "AmazonEC2ContainerServiceV20141113.ListClusters",
}


def ask(stage: Stage, method: str, path: str, **options: Any) -> httpx.Response:
    return call(method, stage.sandbox.endpoint_url + path, **options)


def client_with(stage: Stage, service: str, **keys: str) -> Any:
    make: Any = boto3.client
    given = {**boto3_keys(stage.sandbox), **keys}
    there = {"region_name": "eu-west-1", "endpoint_url": stage.sandbox.endpoint_url}
    return make(service, **there, **given, config=Config(signature_version=None))


def listed(stage: Stage, keys: Credentials) -> int:
    """Return the status of a call that is signed with these keys."""
    headers = signed(stage.sandbox, "POST", "/", body=b"{}", service="ecs", headers=LIST, keys=keys)
    return ask(stage, "POST", "/", headers=headers, content=b"{}").status_code


def refusal(stage: Stage, service: str, operation: str, **keys: str) -> tuple[int, str]:
    with pytest.raises(ClientError) as caught:
        getattr(client_with(stage, service, **keys), operation)()
    answer: Any = caught.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "status", "code"),
    [
        ("POST", "/", LIST, "{}", 400, "MissingAuthenticationTokenException"),
        ("POST", "/", FORM, MAKE_USER, 403, "<Code>MissingAuthenticationToken</Code>"),
        ("GET", f"/?{MAKE_USER}", {}, "", 403, "MissingAuthenticationToken"),
        ("POST", "/", {"Content-Type": "text/plain"}, MAKE_USER, 403, "AccessDenied"),
        ("GET", "/bucket/state.tfstate", {}, "", 403, "<Code>AccessDenied</Code>"),
        ("PUT", "/bucket", {}, "", 403, "<Code>AccessDenied</Code>"),
        ("POST", "/_ministack/reset", {}, "", 403, "AccessDenied"),
        ("GET", "/_ministack/health", {}, "", 403, "AccessDenied"),
        ("GET", "/v4/0123456789abcdef/task", {}, "", 403, "MissingAuthenticationTokenException"),
        ("GET", "/bucket/a?AWSAccessKeyId=a&Signature=b&Expires=9999999999", {}, "", 400, "InvalidRequest"),
        ("GET", "/bucket/a", {"Authorization": "AWS a:b"}, "", 400, "InvalidRequest"),
    ],
)
def test_nothing_is_done_unsigned(
    stage: Stage, method: str, path: str, headers: dict[str, str], body: str, status: int, code: str
) -> None:
    """A call without a signature gets its service's error, in its protocol, and no headers for pages."""
    answer = ask(stage, method, path, headers=headers, content=body)
    assert (answer.status_code, code in answer.text) == (status, True), answer.text
    assert not [name for name in answer.headers if name.startswith("access-control-")]
    assert "attack" not in [user["UserName"] for user in stage.client("iam").list_users()["Users"]]


@pytest.mark.parametrize(
    ("service", "operation", "unknown", "wrong"),
    [
        ("iam", "list_users", (403, "InvalidClientTokenId"), (403, "SignatureDoesNotMatch")),
        ("ecs", "list_clusters", (400, UNKNOWN), (400, WRONG)),
        ("ec2", "describe_vpcs", (401, "AuthFailure"), (401, "AuthFailure")),
        ("s3", "list_buckets", (403, "InvalidAccessKeyId"), (403, "SignatureDoesNotMatch")),
        (
            "scheduler",
            "list_schedules",
            (403, UNKNOWN),
            (403, WRONG),
        ),
    ],
)
def test_other_keys_get_the_errors_of_aws(
    stage: Stage, service: str, operation: str, unknown: tuple[int, str], wrong: tuple[int, str]
) -> None:
    """An unknown key and a wrong secret give errors that an SDK knows; ministack's own keys do, too."""
    for key in ("AKIAIOSFODNN7EXAMPLE", "test", "000000000000"):
        assert (
            refusal(stage, service, operation, aws_access_key_id=key, aws_secret_access_key="test") == unknown
        )
    assert refusal(stage, service, operation, aws_secret_access_key="sandbox") == wrong
    role = {"aws_access_key_id": "shop-task", "aws_session_token": "task"}
    assert refusal(stage, service, operation, **role, aws_secret_access_key="sandbox") == wrong


def test_what_was_signed_can_not_be_changed(stage: Stage) -> None:
    """A changed method, path, query, header or body is refused, even from somebody who saw the request."""
    bucket = f"b-{uuid4().hex[:8]}"
    s3 = stage.client("s3")
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket=bucket, Key="a", Body=b"a")
    path = f"/{bucket}/a"
    good = signed(stage.sandbox, "PUT", path, body=b"good")
    assert ask(stage, "PUT", path, headers=good, content=b"evil").status_code == 403
    assert ask(stage, "PUT", f"/{bucket}/b", headers=good, content=b"good").status_code == 403
    assert ask(stage, "DELETE", path, headers=good).status_code == 403
    assert ask(stage, "PUT", f"{path}?tagging", headers=good, content=b"good").status_code == 403
    copied = {**good, "x-amz-copy-source": path}
    assert ask(stage, "PUT", path, headers=copied, content=b"good").status_code == 400
    assert s3.get_object(Bucket=bucket, Key="a")["Body"].read() == b"a"
    assert ask(stage, "PUT", path, headers=good, content=b"good").status_code == 200
    assert s3.get_object(Bucket=bucket, Key="a")["Body"].read() == b"good"


def test_body_without_a_checksum_is_part_of_the_signature(stage: Stage) -> None:
    """SDKs sign it for all services but S3; a body that is too long for memory is refused."""
    options = {"service": "ecs", "headers": LIST}
    headers = signed(stage.sandbox, "POST", "/", body=b"{}", **options)  # type: ignore[arg-type]
    assert "x-amz-content-sha256" not in {name.lower() for name in headers}
    assert ask(stage, "POST", "/", headers=headers, content=b"{}").status_code == 200
    assert ask(stage, "POST", "/", headers=headers, content=b'{"maxResults": 1}').status_code == 400
    long = ask(stage, "POST", "/", headers=headers, content=b" " * (16 * 2**20 + 1))
    assert "IncompleteSignature" in long.text


@pytest.mark.parametrize(
    "key", ["plain", "with space", "ümläut/ß", "a//b", "a+b=c&d?e#f", "50%", "~tilde*'()!", "./.."]
)
def test_every_name_can_be_signed(stage: Stage, key: str) -> None:
    """Paths and queries are read as an SDK writes them."""
    s3, bucket = stage.client("s3"), f"b-{uuid4().hex[:8]}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket=bucket, Key=key, Body=b"x", Tagging="a=b%20c", Metadata={"two": "a  b"})
    assert [one["Key"] for one in s3.list_objects_v2(Bucket=bucket, Prefix=key[:3])["Contents"]] == [key]
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == b"x"


def test_presigned_url(stage: Stage) -> None:
    """It works without other keys until it expires, for its own request only."""
    bucket = f"b-{uuid4().hex[:8]}"
    s3: Any = boto3.client(  # type: ignore[call-overload]
        "s3",
        region_name="eu-west-1",
        endpoint_url=stage.sandbox.endpoint_url,
        config=Config(signature_version="s3v4"),
        **boto3_keys(stage.sandbox),
    )
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket=bucket, Key="a b", Body=b"x")

    def url(seconds: int) -> str:
        made = s3.generate_presigned_url(
            "get_object", Params={"Bucket": bucket, "Key": "a b"}, ExpiresIn=seconds
        )
        return str(made).removeprefix(stage.sandbox.endpoint_url)

    assert ask(stage, "GET", url(60)).text == "x"
    assert ask(stage, "DELETE", url(60)).status_code == 403
    assert ask(stage, "GET", url(60).replace("a%20b", "a")).status_code == 403
    assert "Request has expired" in ask(stage, "GET", url(-1)).text
    assert ask(stage, "GET", url(60).replace("X-Amz-Expires=60", "X-Amz-Expires=6000")).status_code == 403


def test_keys_of_users_and_of_assumed_roles(stage: Stage) -> None:
    """Keys from IAM and STS can sign, until they are deleted."""
    iam, user = stage.client("iam"), f"user-{uuid4().hex[:8]}"
    iam.create_user(UserName=user)
    made = iam.create_access_key(UserName=user)["AccessKey"]
    pair = {"aws_access_key_id": made["AccessKeyId"], "aws_secret_access_key": made["SecretAccessKey"]}
    assert client_with(stage, "ecs", **pair).list_clusters()
    iam.delete_access_key(UserName=user, AccessKeyId=made["AccessKeyId"])
    assert refusal(stage, "iam", "list_users", **pair) == (403, "InvalidClientTokenId")
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}],
    }
    role = iam.create_role(RoleName=user, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    given = stage.client("sts").assume_role(RoleArn=role, RoleSessionName="trial")["Credentials"]
    session = {
        "aws_access_key_id": given["AccessKeyId"],
        "aws_secret_access_key": given["SecretAccessKey"],
        "aws_session_token": given["SessionToken"],
    }
    assert client_with(stage, "ecs", **session).list_clusters()
    assert refusal(stage, "iam", "list_users", **{**session, "aws_session_token": "x"})[0] == 403


def test_lines_for_the_aws_cli_sign(stage: Stage) -> None:
    """The output of `sandbox up` gives any SDK the address and the keys."""
    words = [shlex.split(line) for line in exports(stage.sandbox)]
    assert {word for word, _ in words} == {"export"}
    given = [each for _, each in words]
    code = "import boto3; print(boto3.client('ecs').list_clusters()['ResponseMetadata']['HTTPStatusCode'])"
    own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environ = own | dict(each.split("=", 1) for each in given)
    done = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=False
    )
    assert done.stdout == "200\n", done.stderr


def test_session_of_a_role_signs_by_the_same_secret(stage: Stage) -> None:
    """Tasks sign with the session's key, and the session is recorded."""
    key = key_of_role(Caller("shop-github-apply", "apply"), of=stage.sandbox.credentials)
    assert listed(stage, key) == 200
    assert listed(stage, key._replace(session_token=None)) == 400


def test_registry_takes_the_password_of_ecr_alone(stage: Stage) -> None:
    """An image client must give it; the keys themselves are no password."""
    asked = ask(stage, "GET", "/v2/")
    assert (asked.status_code, asked.json()["errors"][0]["code"]) == (401, "UNAUTHORIZED")
    assert asked.headers["www-authenticate"].startswith("Basic ")
    secret = stage.sandbox.credentials.secret_access_key
    for password in ("ministack-auth-token", "", secret):
        assert ask(stage, "GET", "/v2/", auth=("AWS", password)).status_code == 401
    assert ask(stage, "GET", "/v2/", auth=("AWS", stage.login.password)).status_code == 200
    put = ask(
        stage, "PUT", "/v2/app/manifests/one", content=b"{}", headers={"Content-Type": "application/json"}
    )
    assert put.status_code == 401


@pytest.mark.slow
def test_task_signs_with_what_it_is_given(stage: Stage) -> None:
    """Its environment has its role's keys, or without a role the sandbox's own."""
    role = "arn:aws:iam::000000000000:role/shop-task"
    told = stage.ask(stage.run(stage.definition(role=role)))["environment"]
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    assert listed(stage, Credentials(*(told[name] for name in names))) == 200
    own = stage.ask(stage.run(stage.definition()))["environment"]
    assert listed(stage, Credentials(*(own[name] for name in names[:2]))) == 200


@pytest.mark.slow
def test_refusals_stand_in_the_log_once(fresh: Stage) -> None:
    """The log has the reason, and repeated refusals do not fill the disk."""
    for _ in range(3):
        ask(fresh, "GET", "/bucket")
    told = eventually(
        lambda: [line for line in fresh.sandbox.log.read_text().splitlines() if "refused" in line]
    )
    assert [line.partition("refused a request: ")[2] for line in told] == [
        "MissingAuthenticationToken Request is missing Authentication Token"
    ]
    assert fresh.sandbox.credentials.secret_access_key not in fresh.sandbox.log.read_text()


@pytest.mark.slow
def test_secret_is_its_owners_alone(fresh: Stage) -> None:
    """No other user of the machine can read it, or use the sockets by which tasks call."""
    file = fresh.sandbox.credentials_file
    folder = file.parent
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {path.name for path in (folder / "state").glob("*.sock")} == {"api.sock", "alb.sock"}
    secret = fresh.sandbox.credentials.secret_access_key.encode()
    shown = subprocess.run(["ps", "-eo", "args"], capture_output=True, check=True).stdout
    assert secret not in shown
    assert secret.decode() not in json.dumps(fresh.sandbox.as_json())
    assert secret.decode() not in repr(fresh.sandbox)


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_other_user_of_the_machine(fresh: Stage) -> None:
    """The ports answer them, but without a key the API does nothing, and the sockets can't be opened."""
    sockets = list((fresh.sandbox.credentials_file.parent / "state").glob("*.sock"))
    code = f"""
import socket, urllib.request, urllib.error
for path in {[str(path) for path in [fresh.sandbox.credentials_file, *sockets]]}:
    try:
        socket.socket(socket.AF_UNIX).connect(path) if path.endswith("sock") else open(path)
        print("opened")
    except PermissionError:
        print("refused")
try:
    urllib.request.urlopen("{fresh.sandbox.endpoint_url}/?{MAKE_USER}")
except urllib.error.HTTPError as error:
    print(error.code)
"""
    done = subprocess.run(
        ["python3", "-c", code],
        user=65534,
        group=65534,
        extra_groups=[],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == ["refused", "refused", "refused", "403"], done.stderr


@pytest.mark.slow
def test_each_sandbox_has_a_secret_of_its_own(root: Path, environment: FakeEnvironment) -> None:
    """A stopped sandbox's keys are invalid for a running one."""
    first = sandbox.up(environment, root=root, progress=print).credentials
    sandbox.down(environment, root=root)
    second = Stage(sandbox=sandbox.up(environment, root=root, progress=print), root=root)
    assert second.sandbox.credentials != first
    assert aws_of(second.sandbox).account_id() == "000000000000"
    pair = {"aws_access_key_id": first.access_key_id, "aws_secret_access_key": first.secret_access_key}
    assert refusal(second, "sts", "get_caller_identity", **pair) == (403, "InvalidClientTokenId")


@pytest.mark.parametrize("text", [None, "", "[default]\n", "no ini file", "\x00"])
def test_lost_keys_are_told(tmp_path: Path, text: str | None) -> None:
    """The emulator can't return them: it must be stopped and started again."""
    file = tmp_path / "credentials"
    made = keys.make(file)
    assert keys.read(file) == made
    file.unlink()
    if text is not None:
        file.write_text(text)
    with pytest.raises(PreconditionError, match="must contain the keys of the running sandbox") as caught:
        keys.read(file)
    assert "sandbox down" in str(caught.value.fix)
