"""The clients for AWS: a typed boto3 client per service, with timeouts and standard retries."""

import os
from functools import cache, cached_property, partial
from typing import TYPE_CHECKING, Any, NamedTuple

from wrapper.aws.clock import Clock
from wrapper.aws.errors import code_of, explain, explained
from wrapper.errors import PreconditionError

if TYPE_CHECKING:  # importing boto3 takes some 150 ms, too long for help texts
    from datetime import datetime

    import boto3
    from botocore.config import Config
    from botocore.loaders import Loader
    from botocore.model import OperationModel
    from types_boto3_acm import ACMClient
    from types_boto3_application_autoscaling import ApplicationAutoScalingClient
    from types_boto3_cloudtrail import CloudTrailClient
    from types_boto3_cloudwatch import CloudWatchClient
    from types_boto3_ec2 import EC2Client
    from types_boto3_ecr import ECRClient
    from types_boto3_ecs import ECSClient
    from types_boto3_elbv2 import ElasticLoadBalancingv2Client
    from types_boto3_events import EventBridgeClient
    from types_boto3_iam import IAMClient
    from types_boto3_kms import KMSClient
    from types_boto3_logs import CloudWatchLogsClient
    from types_boto3_pricing import PricingClient
    from types_boto3_resourcegroupstaggingapi import ResourceGroupsTaggingAPIClient
    from types_boto3_route53 import Route53Client
    from types_boto3_s3 import S3Client
    from types_boto3_scheduler import EventBridgeSchedulerClient
    from types_boto3_secretsmanager import SecretsManagerClient
    from types_boto3_service_quotas import ServiceQuotasClient
    from types_boto3_sns import SNSClient
    from types_boto3_sqs import SQSClient
    from types_boto3_ssm import SSMClient
    from types_boto3_sts import STSClient
    from types_boto3_wafv2 import WAFV2Client

__all__ = [
    "Aws",
    "Caller",
    "Credentials",
    "code_of",
    "credentials_of",
    "explain",
    "explained",
    "key_of_role",
]

CONNECT_SECONDS = 5
READ_SECONDS = 60
# If one call in five is refused, one in 400,000 fails for good; a roll-out makes a few hundred.
ATTEMPTS = 8
_OWNER = "ExpectedBucketOwner"


class Credentials(NamedTuple):
    access_key_id: str
    secret_access_key: str
    session_token: str | None = None


class Caller(NamedTuple):
    """The role and the step of a deployment that a recorded call belongs to, in a sandbox."""

    role: str
    step: str


# For an endpoint without keys of its own. Never the user's keys: an emulator logs what it gets.
_NOBODY = Credentials("nobody", "nobody")


def key_of_role(caller: Caller, *, of: Credentials) -> Credentials:
    """Return a sandbox's keys as those of a session of the role, with the step as the session's name."""
    return Credentials(caller.role, of.secret_access_key, caller.step)


def credentials_of(profile: str) -> Credentials:
    """Return the credentials of a profile of the AWS configuration; raise PreconditionError without any."""
    import boto3

    with explained():
        found = boto3.Session(profile_name=profile).get_credentials()
        frozen = found.get_frozen_credentials() if found else None
    if frozen is None or not (frozen.access_key and frozen.secret_key):
        raise PreconditionError(
            f"profile {profile} must have credentials, got none.",
            fix=f"aws configure --profile {profile}, or aws sso login --profile {profile}",
        )
    return Credentials(frozen.access_key, frozen.secret_key, frozen.token)


class Aws:
    """One client per service, each created when it is first used.

    `endpoint_url` names the sandbox, whose keys are `credentials`; then neither the user's keys nor the
    profile are read. Without it boto3's own search order applies, unless `credentials` are given. `owner` is
    the account that must have the buckets. Every answer sets the `clock`.
    """

    def __init__(
        self,
        *,
        region: str,
        endpoint_url: str | None = None,
        credentials: Credentials | None = None,
        owner: str | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.region = region
        self.endpoint_url = endpoint_url
        self.owner = owner
        self.clock = clock or Clock()
        self.credentials = _NOBODY if endpoint_url and not credentials else credentials

    @cached_property
    def acm(self) -> "ACMClient":
        return self._session.client("acm", endpoint_url=self.endpoint_url)

    @cached_property
    def autoscaling(self) -> "ApplicationAutoScalingClient":
        return self._session.client("application-autoscaling", endpoint_url=self.endpoint_url)

    @cached_property
    def cloudtrail(self) -> "CloudTrailClient":
        return self._session.client("cloudtrail", endpoint_url=self.endpoint_url)

    @cached_property
    def cloudwatch(self) -> "CloudWatchClient":
        return self._session.client("cloudwatch", endpoint_url=self.endpoint_url)

    @cached_property
    def ec2(self) -> "EC2Client":
        return self._session.client("ec2", endpoint_url=self.endpoint_url)

    @cached_property
    def ecr(self) -> "ECRClient":
        return self._session.client("ecr", endpoint_url=self.endpoint_url)

    @cached_property
    def ecs(self) -> "ECSClient":
        return self._session.client("ecs", endpoint_url=self.endpoint_url)

    @cached_property
    def elbv2(self) -> "ElasticLoadBalancingv2Client":
        return self._session.client("elbv2", endpoint_url=self.endpoint_url)

    @cached_property
    def events(self) -> "EventBridgeClient":
        return self._session.client("events", endpoint_url=self.endpoint_url)

    @cached_property
    def iam(self) -> "IAMClient":
        return self._session.client("iam", endpoint_url=self.endpoint_url)

    @cached_property
    def instance_groups(self) -> Any:
        """Return the client of EC2 Auto Scaling, for which no stubs are installed."""
        make: Any = self._session.client
        return make("autoscaling", endpoint_url=self.endpoint_url)

    @cached_property
    def kms(self) -> "KMSClient":
        return self._session.client("kms", endpoint_url=self.endpoint_url)

    @cached_property
    def logs(self) -> "CloudWatchLogsClient":
        return self._session.client("logs", endpoint_url=self.endpoint_url)

    @cached_property
    def route53(self) -> "Route53Client":
        return self._session.client("route53", endpoint_url=self.endpoint_url)

    @cached_property
    def pricing(self) -> "PricingClient":
        return self._session.client("pricing", endpoint_url=self.endpoint_url)

    @cached_property
    def s3(self) -> "S3Client":
        """Return the client for the environment's buckets: S3 refuses calls for another account's bucket.

        Bucket names are predictable, and the first account to create a name has it.
        """
        client = self._session.client("s3", endpoint_url=self.endpoint_url)
        if self.owner:
            client.meta.events.register("before-parameter-build.s3", partial(_expect_owner, self.owner))
        return client

    @cached_property
    def s3_of_others(self) -> "S3Client":
        """Return the client for objects that the environment file names, in any account's bucket."""
        return self._session.client("s3", endpoint_url=self.endpoint_url)

    @cached_property
    def scheduler(self) -> "EventBridgeSchedulerClient":
        return self._session.client("scheduler", endpoint_url=self.endpoint_url)

    @cached_property
    def secrets(self) -> "SecretsManagerClient":
        return self._session.client("secretsmanager", endpoint_url=self.endpoint_url)

    @cached_property
    def quotas(self) -> "ServiceQuotasClient":
        return self._session.client("service-quotas", endpoint_url=self.endpoint_url)

    @cached_property
    def ssm(self) -> "SSMClient":
        return self._session.client("ssm", endpoint_url=self.endpoint_url)

    @cached_property
    def sns(self) -> "SNSClient":
        return self._session.client("sns", endpoint_url=self.endpoint_url)

    @cached_property
    def sqs(self) -> "SQSClient":
        return self._session.client("sqs", endpoint_url=self.endpoint_url)

    @cached_property
    def sts(self) -> "STSClient":
        return self._session.client("sts", endpoint_url=self.endpoint_url)

    @cached_property
    def tagging(self) -> "ResourceGroupsTaggingAPIClient":
        return self._session.client("resourcegroupstaggingapi", endpoint_url=self.endpoint_url)

    def in_region(self, region: str) -> "Aws":
        """Return the clients of another region; this object for its own."""
        if region == self.region:
            return self
        return Aws(
            region=region, endpoint_url=self.endpoint_url, credentials=self.credentials, owner=self.owner
        )

    @cached_property
    def wafv2(self) -> "WAFV2Client":
        return self._session.client("wafv2", endpoint_url=self.endpoint_url)

    def account_id(self) -> str:
        """Return the account of the credentials: the cheapest call that proves that they work."""
        with explained():
            return self.sts.get_caller_identity()["Account"]

    def now(self) -> "datetime":
        """Return the time on AWS (UTC), which is asked who this is if it has not answered anything yet."""
        if not self.clock.has_heard:
            self.account_id()
        return self.clock.now()

    def process_environment(self) -> dict[str, str]:
        """Return the variables to set for Terraform, in addition to `os.environ`.

        In the sandbox every inherited AWS_* variable is set to an empty text, which the Go SDK treats as
        unset: the user's profile or session token must not reach the emulator, and AWS_ENDPOINT_URL_S3 must
        not send the emulator's requests to AWS.
        """
        region = {"AWS_REGION": self.region, "AWS_DEFAULT_REGION": self.region}
        keys = _key_variables(self.credentials)
        if not self.endpoint_url:
            return region | keys
        emptied = {name: "" for name in os.environ if name.startswith("AWS_")}
        return emptied | region | keys | _sandbox_variables(self.endpoint_url)

    def child_environment(self) -> dict[str, str]:
        """Return the whole environment of a Python child: botocore reads an empty AWS_PROFILE as a name."""
        merged = {**os.environ, **self.process_environment()}
        return {name: value for name, value in merged.items() if value or not name.startswith("AWS_")}

    @cached_property
    def _session(self) -> "boto3.Session":
        import boto3
        from botocore.session import Session

        core = Session(session_vars=_BLIND if self.endpoint_url else None)
        core.register_component("data_loader", _loader(core.get_config_variable("data_path")))
        core.set_default_client_config(_config(loopback=bool(self.endpoint_url)))
        core.register("after-call.*.*", _note_service)
        core.register("after-call.*.*", self._note_time)
        key, secret, token = self.credentials or (None, None, None)
        with explained():
            return boto3.Session(
                aws_access_key_id=key,
                aws_secret_access_key=secret,
                aws_session_token=token,
                region_name=self.region,
                botocore_session=core,
            )

    def _note_time(self, **event: Any) -> None:
        self.clock.hear(event["parsed"])


@cache
def _loader(path: str | None) -> "Loader":
    """Read AWS's models once for all sessions: EC2's alone takes a third of a second."""
    from botocore.loaders import create_loader

    return create_loader(path)


# (key in the file, environment variable, default, type): with neither of the first two, nothing is read.
_BLIND: dict[str, Any] = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}


def _config(*, loopback: bool) -> "Config":
    """Return the connection's settings.

    On loopback a proxy would be in the way, and the emulator has no bucket hosts.
    """
    from botocore.config import Config

    common = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        max_pool_connections=32,
    )
    return common.merge(Config(s3={"addressing_style": "path"}, proxies={})) if loopback else common


def _expect_owner(owner: str, params: dict[str, Any], model: "OperationModel", **_: Any) -> None:
    """Add the expected owner of the bucket to a call, if its operation has that parameter."""
    shape = model.input_shape
    if shape is not None and _OWNER in shape.members:
        params.setdefault(_OWNER, owner)


def _note_service(**event: Any) -> None:
    """Add the service's name to the reply: a ClientError has the reply, but not the service."""
    event["parsed"].setdefault("ResponseMetadata", {})["Service"] = event["model"].service_model.service_name


def _key_variables(credentials: Credentials | None) -> dict[str, str]:
    if credentials is None:
        return {}
    return {
        "AWS_ACCESS_KEY_ID": credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key,
        "AWS_SESSION_TOKEN": credentials.session_token or "",
    }


def _sandbox_variables(endpoint_url: str) -> dict[str, str]:
    inherited = os.environ.get("NO_PROXY") or os.environ.get("no_proxy")
    direct = ",".join(filter(None, [inherited, "127.0.0.1", "localhost"]))
    return {
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": direct,
        "no_proxy": direct,
    }
