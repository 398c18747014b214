"""Every mistake in an environment file's keys and values, one row each."""

from typing import Any

import pytest
import yaml

from tests.sample import ENVIRONMENTS
from tests.wrapper.environment.clone import ABSENT, Clone

SERVICE = "services.recommender"
ARN = "arn:aws:ssm:eu-west-1:111111111111:parameter/token"
TOPIC = "arn:aws:sns:eu-west-1:111111111111:alerts"
REFERENCE = f"registry.example/films@sha256:{'0' * 64}"
WEB_ACL = "arn:aws:wafv2:eu-west-1:111111111111:regional/webacl/shared/0a1b2c3d"
ZONE = {"zone_id": "Z1", "zone_name": "example.com"}
NAMED = {f"{SERVICE}.route.hosts": ["films.example.com"]}
SUBNETS = ["subnet-0000000a", "subnet-0000000b"]
VPC = {"vpc_id": "vpc-01234567", "public_subnet_ids": SUBNETS}
TAKEN: dict[str, Any] = {"network.existing": VPC, "network.cidr": None, "network.availability_zones": []}
NAME = "lower-case letters, digits and inner hyphens, beginning with a letter"

SHAPE: list[tuple[dict[str, Any], str]] = [
    ({"project": ABSENT}, "project is missing."),
    ({f"{SERVICE}.model.name": ABSENT}, f"{SERVICE}.model.name is missing."),
    ({"projekt": "x"}, "projekt: unknown key; did you mean project?"),
    ({f"{SERVICE}.scalling": {}}, f"{SERVICE}.scalling: unknown key; did you mean scaling?"),
    (
        {f"{SERVICE}.logs.driver": "x"},
        f"{SERVICE}.logs.driver: unknown key; there are retention_days, firelens.",
    ),
    ({"name": "dev"}, "name: unknown key; an environment has the name of its file."),
    ({f"{SERVICE}.port": "8000"}, f'{SERVICE}.port must be a whole number, got "8000".'),
    ({f"{SERVICE}.port": 80.5}, f"{SERVICE}.port must be a whole number, got 80.5."),
    ({f"{SERVICE}.port": True}, f"{SERVICE}.port must be a whole number, got true."),
    ({f"{SERVICE}.image.context": ""}, f'{SERVICE}.image.context must not be empty, got "".'),
    ({"disposable": "yes please"}, 'disposable must be true or false, got "yes please".'),
    ({"region": 1}, "region must be text: put it in quotes, got 1."),
    ({"region": None}, "region must be text, got null."),
    ({"network": []}, "network must be a map, got a list."),
    ({"services": None}, "services must be a map, got null."),
    ({f"{SERVICE}": "on"}, f'{SERVICE} must be a map, got "on".'),
    ({f"{SERVICE}.route.hosts": "a.example"}, f'{SERVICE}.route.hosts must be a list, got "a.example".'),
    ({"target": "gcp"}, 'target must be sandbox or aws, got "gcp".'),
    ({"sandbox.runtime": "vm"}, 'sandbox.runtime must be auto, container or process, got "vm".'),
    ({"region": "x" * 100}, f"region must be an AWS region such as eu-west-1, got {'x' * 80}…."),
]

REVIEW: list[tuple[dict[str, Any], str]] = [
    (
        {"review.allow": {"data-los": "x"}},
        "review.allow.data-los must be a rule of the review (did you mean data-loss?).",
    ),
    (
        {"review.allow": {"data-loss": " "}},
        'review.allow.data-loss must have a reason, on one line, got " ".',
    ),
    (
        {"review.answers_change.block.overlap": 2},
        "review.answers_change.block.overlap must be at most 1, got 2.",
    ),
    ({"review.allow": ["data-loss"]}, "review.allow must be a map, got a list."),
]

IDENTITY: list[tuple[dict[str, Any], str]] = [
    ({"project": "My_App"}, f"project must be {NAME}, got My_App."),
    ({"project": "shop-"}, f"project must be {NAME}, got shop-."),
    (
        {"project": "recommender-for-films"},
        "project must fit into 24 characters together with the environment's name, "
        "got recommender-for-films-dev (25).",
    ),
    ({"region": "Ireland"}, "region must be an AWS region such as eu-west-1, got Ireland."),
    ({"account_id": "1234"}, "account_id must be 12 digits in quotes, got 1234."),
    (
        {"account_id": 12345678901},
        'account_id must be 12 digits in quotes, as in "012345678901", got the number 12345678901.',
    ),
    (
        {"target": "aws", "region": "eu-west-1", "account_id": "000000000000"},
        "account_id must be your account's id with target aws, got 000000000000.",
    ),
    (
        {"target": "aws", "region": "eu-west-1"},
        "account_id must be set with target aws.",
    ),
    (
        {"target": "aws", "account_id": "111111111111"},
        "region must be set with target aws.",
    ),
    ({"sandbox.alb_port": 4566}, "sandbox.alb_port must differ from port, got 4566."),
]

NETWORK: list[tuple[dict[str, Any], str]] = [
    (
        {**TAKEN, "network.existing": {**VPC, "endpoints": ["logs", "s3"]}},
        "network.existing.endpoints must be empty with egress public (tasks use no endpoints), got logs, s3.",
    ),
    (
        {"alb.waf": {"web_acl_arn": WEB_ACL, "rate_limit": 100}},
        "alb.waf.rate_limit must be null with web_acl_arn (its owner says what it does), got 100.",
    ),
]

BALANCER = {
    "load_balancer_arn": "arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/company/0",
    "listener_arn": "arn:aws:elasticloadbalancing:eu-west-1:1:listener/app/company/0/0",
    "security_group_id": "sg-01234567",
    "url": "https://company.example.com",
}
EXISTING: list[tuple[dict[str, Any], str]] = [
    (
        {"alb": {"existing": BALANCER, "internal": True, "waf": {}}},
        "alb.existing must stand alone, without internal, waf (its owner says what it does).",
    ),
    (
        {"cluster": {"existing": {"cluster_name": "company"}, "ec2": {}}},
        "cluster.existing must be used without ec2 (its owner decides).",
    ),
    (
        {f"{SERVICE}.image": {"reference": REFERENCE, "existing": {"repository_name": "company/films"}}},
        f"{SERVICE}.image.reference must stand alone, without existing, got {REFERENCE[:80]}….",
    ),
    ({"models.existing": {}}, "models.existing.bucket is missing."),
]

MONITORING: list[tuple[dict[str, Any], str]] = [
    (
        {"monitoring.emails": ["a@example.com", "a@example.com"]},
        "monitoring.emails must name each of them once, got a@example.com twice.",
    ),
]

IMAGES: list[tuple[dict[str, Any], str]] = [
    ({"images.readers": ["1"]}, "images.readers.0 must be 12 digits in quotes, got 1."),
    (
        {"images.replicas": ["us-east-1", "us-east-1"]},
        "images.replicas must name each of them once, got us-east-1 twice.",
    ),
    ({"images.caches": {"quay": {}}}, "images.caches.quay.upstream is missing."),
]

ALARMS: list[tuple[dict[str, Any], str]] = [
    ({f"{SERVICE}.alarms.error_percent": "5 %"}, 'alarms.error_percent must be a number, got "5 %".'),
    ({f"{SERVICE}.alarms.error_rate": 1}, "alarms.error_rate: unknown key; did you mean error_percent?"),
]

WORKLOAD: list[tuple[dict[str, Any], str]] = [
    ({f"{SERVICE}.route.paths": ["/a", "/a"]}, "route.paths must name each of them once, got /a twice."),
    ({f"{SERVICE}.route.hosts": ["a.b", "A.b"]}, "route.hosts must name each of them once, got a.b twice."),
    ({f"{SERVICE}.command": []}, "command must be null (the image's own) or hold at least 1 word, got 0."),
    (
        {f"{SERVICE}.environment": {"1ST": "x"}},
        "environment.1ST must be named by letters, digits and _, not beginning with a digit, got 1ST.",
    ),
    (
        {f"{SERVICE}.smoke.requests": []},
        "smoke.requests must have at least 1 request (nothing would be verified), got 0.",
    ),
    (
        {f"{SERVICE}.smoke.requests": [{"path": "/", "status": 200, "expect": {"a[": 1}}]},
        "smoke.requests.0.expect.a[ must be named by a JMESPath expression (https://jmespath.org), got a[.",
    ),
    (
        {f"{SERVICE}.smoke.canary": {"uids": "ratings.csv", "path": "/?uid=1"}},
        "smoke.canary.path must hold {uid}, got /?uid=1.",
    ),
    (
        {f"{SERVICE}.smoke.canary": {"uids": "nobody.csv"}},
        "smoke.canary.uids must be an existing file, or s3://…, got nobody.csv.",
    ),
    (
        {f"{SERVICE}.model": {"name": "iris", "source": "ratings.csv", "ratings": "ratings.csv"}},
        "model.ratings must be null with a source (give one of the two), got ratings.csv.",
    ),
    (
        {f"{SERVICE}.model.mount": "/tmp"},
        "model.mount must be an absolute path other than / and /tmp, without a slash at the end, got /tmp.",
    ),
    (
        {f"{SERVICE}.model.mount": "/m", f"{SERVICE}.sidecars": {"model-files": {}}},
        "sidecars.model-files must have another name with model.mount (whose container has this name).",
    ),
    (
        {f"{SERVICE}.model.columns": {"user": 2, "encoding": "letters"}},
        "model.columns.encoding must be an encoding that Python knows, such as latin-1, got letters.",
    ),
    (
        {f"{SERVICE}.smoke.requests": [{"path": "/?uid=0", "status": 404, "recommendations": 10}]},
        "smoke.requests.0.recommendations must be null with status 404 (an error has none), got 10.",
    ),
]

CLOCK: list[tuple[dict[str, Any], str]] = [
    (
        {f"{SERVICE}.scaling.hours": {"start": "18:00", "stop": "08:00"}},
        "scaling.hours.stop must be later than start (18:00) on the same day, got 08:00.",
    ),
    (
        {f"{SERVICE}.scaling.hours": {"start": "8 am", "stop": "18:00"}},
        "scaling.hours.start must be a time of day from 00:00 to 23:59, in quotes, got 8 am.",
    ),
    (
        {f"{SERVICE}.scaling.hours": {"start": "08:00", "stop": "18:00", "days": ["mon", "mon"]}},
        "scaling.hours.days must name at least 1 day, each day once, got mon, mon.",
    ),
    (
        {f"{SERVICE}.scaling.hours": {"start": "08:00", "stop": "18:00", "timezone": "Mars/Base"}},
        "scaling.hours.timezone must be an IANA time zone such as Europe/Berlin, got Mars/Base.",
    ),
    (
        {f"{SERVICE}.scaling.hours": {"start": "08:00", "stop": "18:00"}, "disposable": False},
        "scaling.hours must be null with disposable false (what must not be lost must not sleep either).",
    ),
]

EC2 = {"instance_type": "g5.xlarge", "max": 2}
CAPACITY: list[tuple[dict[str, Any], str]] = [
    (
        {f"{SERVICE}.capacity": {"ec2": "gpu"}},
        "capacity.ec2 must name a group of cluster.ec2 (none), got gpu.",
    ),
    (
        {
            f"{SERVICE}.capacity": {"ec2": "gpu"},
            "cluster.ec2": {"gpu": {**EC2, "architecture": "arm64"}},
            "network.egress": "nat",
        },
        "image.architecture must be arm64, as cluster.ec2.gpu's, got x86_64.",
    ),
    (
        {
            f"{SERVICE}.capacity": {"ec2": "gpu"},
            f"{SERVICE}.size.gpus": 1,
            "cluster.ec2": {"gpu": EC2},
            "network.egress": "nat",
        },
        "size.gpus must be 0 without cluster.ec2.gpu.gpu, got 1.",
    ),
]

SIDECAR = f"{SERVICE}.sidecars"
CONTAINERS: list[tuple[dict[str, Any], str]] = [
    ({f"{SERVICE}.image.architecture": "mips"}, 'image.architecture must be x86_64 or arm64, got "mips".'),
    (
        {SIDECAR: {"Side": {}}},
        "sidecars.Side must be at most 40 lower-case letters, digits and hyphens, got Side.",
    ),
    (
        {SIDECAR: {"side": {"image": "side:latest"}}},
        "sidecars.side.image must name an image by digest, as in repository@sha256:<64 hex digits> "
        "(a tag may move), got side:latest.",
    ),
    (
        {SIDECAR: {"side": {"depends_on": {"side": "DONE"}}}},
        'sidecars.side.depends_on.side must be START, COMPLETE, SUCCESS or HEALTHY, got "DONE".',
    ),
    (
        {SIDECAR: {"one": {"depends_on": {"two": "START"}}, "two": {"depends_on": {"one": "START"}}}},
        "sidecars must not wait for each other in a circle, got one → two → one.",
    ),
]

SOURCES: list[tuple[dict[str, Any], str]] = [
    (
        {f"{SERVICE}.image": {}},
        "image must have a context (to build it) or a reference (to an existing one), got neither.",
    ),
    (
        {f"{SERVICE}.image.reference": REFERENCE},
        f"image.reference must stand alone, without context, target, got {REFERENCE[:80]}….",
    ),
    (
        {f"{SERVICE}.image": {"reference": "films:latest"}},
        "image.reference must name an image by digest, as in repository@sha256:<64 hex digits> "
        "(a tag may move), got films:latest.",
    ),
    ({f"{SERVICE}.image.context": "nowhere"}, "image.context must be an existing folder, got nowhere."),
    (
        {f"{SERVICE}.image.dockerfile": "Other"},
        "image.dockerfile must be an existing file in the context, got Other.",
    ),
    (
        {f"{SERVICE}.model.ratings": "no.csv"},
        "model.ratings must be an existing file, or s3://…, got no.csv.",
    ),
    (
        {f"{SERVICE}.model.version": "1", f"{SERVICE}.model.ratings": "ratings.csv"},
        "model.ratings must be null with a version (give one of the two), got ratings.csv.",
    ),
    (
        {f"{SERVICE}.model.source": "s3://b/m"},
        "model.source must be given with its version, got s3://b/m.",
    ),
    (
        {f"{SERVICE}.model.version": "1", f"{SERVICE}.model.source": "nowhere"},
        "model.source must be an existing file or folder, or s3://…, got nowhere.",
    ),
    (
        {f"{SERVICE}.model.ratings": "x" * 5000},
        f"model.ratings must be an existing file, or s3://…, got {'x' * 80}….",
    ),
    ({f"{SERVICE}.model.name": "a/b"}, "model.name must be at most 64 letters, digits and . _ -, got a/b."),
]


@pytest.mark.parametrize(
    ("changes", "problem"), [*SHAPE, *REVIEW, *IDENTITY, *NETWORK, *EXISTING, *MONITORING, *IMAGES]
)
def test_wrong_environment_is_refused(clone: Clone, changes: dict[str, Any], problem: str) -> None:
    """One mistake gives one sentence, with the path, the rule and the value."""
    clone.write(changes)
    assert clone.problems() == (problem,)


@pytest.mark.parametrize(
    ("changes", "problem"), [*WORKLOAD, *ALARMS, *CAPACITY, *CLOCK, *CONTAINERS, *SOURCES]
)
def test_wrong_service_is_refused(clone: Clone, changes: dict[str, Any], problem: str) -> None:
    """One mistake in a service gives one sentence, whose path begins with the service."""
    clone.write(changes)
    assert clone.problems() == (f"{SERVICE}.{problem}",)


@pytest.mark.parametrize("name", ["Films", "films_de", "a-name-that-is-too-long", "1st"])
def test_service_names_are_restricted(clone: Clone, name: str) -> None:
    """A service's name becomes a part of AWS names."""
    service = yaml.safe_load((ENVIRONMENTS / "dev.yaml").read_text())["services"]["recommender"]
    clone.write({"services": {name: service}})
    assert clone.problems() == (f"services.{name} must be named by at most 20 {NAME}, got {name}.",)


def test_file_names_are_restricted(clone: Clone) -> None:
    """An environment's name becomes a part of AWS names."""
    clone.write({}, name="Dev_2")
    assert clone.problems("Dev_2") == (f"name must be {NAME} (it is the file's), got Dev_2.",)


@pytest.mark.parametrize(
    ("block", "secrets"),
    [
        ("secrets", {"TOKEN": "hunter2"}),
        ("secrets", {"TOKEN": 12345}),
        ("secrets", {"TOKEN": ["hunter2"]}),
        ("secrets", "hunter2"),
        ("secrets", ["hunter2"]),
        ("environment", {"TOKEN": 12345}),
        ("environment", {"TOKEN": ["hunter2"]}),
        ("environment", "hunter2"),
    ],
)
def test_secrets_are_never_shown(clone: Clone, block: str, secrets: object) -> None:
    """If the quotes or the ARN are missing, a build's log does not show the password."""
    clone.write({f"{SERVICE}.{block}": secrets})
    (problem,) = clone.problems()
    assert f"{SERVICE}.{block}" in problem
    assert "hunter2" not in problem
    assert "12345" not in problem


def test_secret_must_be_an_arn(clone: Clone) -> None:
    """The message names the key and says what is allowed."""
    clone.write({f"{SERVICE}.secrets": {"TOKEN": "hunter2"}})
    assert clone.problems() == (
        f"{SERVICE}.secrets.TOKEN must be the ARN of a Secrets Manager secret or an SSM parameter, "
        "never the secret itself.",
    )


def test_every_problem_comes_at_once(clone: Clone) -> None:
    """All mistakes of the file are reported together, in its order."""
    clone.write(
        {
            "project": "recommender-for-films",
            "network.availability_zones": "eu-west-1a",
            f"{SERVICE}.scalling": {},
            f"{SERVICE}.size.memory": "1 GB",
            f"{SERVICE}.model.ratings": "no.csv",
            "jobs": {"retrain": {"size": {}}},
        }
    )
    paths = [problem.split()[0] for problem in clone.problems()]
    assert paths == [
        "project",
        "network.availability_zones",
        f"{SERVICE}.size.memory",
        f"{SERVICE}.model.ratings",
        f"{SERVICE}.scalling:",
        "jobs.retrain.image",
    ]


def test_remote_ratings_are_not_looked_up(clone: Clone) -> None:
    """Loading uses no network: whether a file in S3 exists is checked later."""
    clone.write({f"{SERVICE}.model.ratings": "s3://bucket/ratings.csv"})
    model = clone.load().services["recommender"].model
    assert model is not None
    assert model.ratings == "s3://bucket/ratings.csv"


def test_wrong_value_cannot_write_to_the_terminal(clone: Clone) -> None:
    """Escape sequences in a value or a key are printed as text."""
    clone.write_text('"\\e[2J": 1\nproject: "\\e[2J"\n')
    assert not [problem for problem in clone.problems() if not problem.isprintable()]
