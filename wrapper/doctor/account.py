"""Whether AWS can be used as the environment says: region, credentials, account, state bucket."""

from collections.abc import Iterator

from wrapper import state
from wrapper.aws import Aws
from wrapper.doctor.check import Check, checked, unchecked
from wrapper.environment import Environment
from wrapper.errors import PreconditionError


def account_checks(environment: Environment, aws: Aws | None = None) -> Iterator[Check]:
    client = aws or Aws(region=environment.region)
    yield checked("region", lambda: _region(environment.region))
    credentials = checked("credentials", lambda: f"account {client.account_id()}")
    yield credentials
    if credentials.status != "ok":
        yield unchecked("account_id", "the credentials do not work")
        yield unchecked("state bucket", "the credentials do not work")
        return
    yield checked("account_id", lambda: _account(client, environment.account_id))
    yield checked("state bucket", lambda: _state_bucket(client, environment.state_bucket))


def _region(name: str) -> str:
    """Look into the list that comes with boto3: no call, no permission."""
    import boto3

    session = boto3.Session()
    partitions = session.get_available_partitions()
    known = {region for each in partitions for region in session.get_available_regions("ecs", each)}
    if name not in known:
        raise PreconditionError(
            f"region must be one with ECS, got {name}.",
            fix="Correct `region` in the environment file; a very new one may need a newer boto3.",
        )
    return name


def _account(aws: Aws, expected: str) -> str:
    actual = aws.account_id()
    if actual != expected:
        raise PreconditionError(
            f"account_id must be that of the credentials, got {expected} in the file and {actual} from AWS.",
            fix="Switch the profile (AWS_PROFILE) or correct account_id in the environment file.",
        )
    return expected


def _state_bucket(aws: Aws, name: str) -> str:
    there = state.bucket_exists(aws, name)
    return f"{name} is there" if there else f"{name} will be made by the first apply"
