"""Everything that an environment file may get wrong in its keys and values, one row each."""

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
    ({"project": ABSENT}, "project must be given, got nothing."),
    ({f"{SERVICE}.model.name": ABSENT}, f"{SERVICE}.model.name must be given, got nothing."),
    ({"projekt": "x"}, "projekt: unknown key; did you mean project?"),
    ({f"{SERVICE}.scalling": {}}, f"{SERVICE}.scalling: unknown key; did you mean scaling?"),
    (
        {f"{SERVICE}.logs.driver": "x"},
        f"{SERVICE}.logs.driver: unknown key; there are retention_days, firelens.",
    ),
    ({"name": "dev"}, "name: unknown key; an environment is called like its file."),
    (
        {"cluster.exec_logs": {"kms_key_arn": "alias/logs"}},
        "cluster.exec_logs.kms_key_arn must be the ARN of a KMS key, got alias/logs.",
    ),
    (
        {"cluster.ec2": {"gpu": {"instance_type": "large", "max": 1}}},
        "cluster.ec2.gpu.instance_type must be an EC2 instance type such as c7g.large, got large.",
    ),
    (
        {"cluster.ec2": {"gpu": {"instance_type": "g5.xlarge", "min": 2, "max": 1}}},
        "cluster.ec2.gpu.min must be at most max (1), got 2.",
    ),
    (
        {
            "cluster.ec2": {
                "gpu": {"instance_type": "g5.xlarge", "gpu": True, "architecture": "arm64", "max": 1}
            }
        },
        "cluster.ec2.gpu.gpu must be false with arm64 (ECS has no AMI for both), got true.",
    ),
    ({f"{SERVICE}.port": "8000"}, f'{SERVICE}.port must be a whole number, got "8000".'),
    ({f"{SERVICE}.port": 80.5}, f"{SERVICE}.port must be a whole number, got 80.5."),
    ({f"{SERVICE}.port": True}, f"{SERVICE}.port must be a whole number, got true."),
    ({f"{SERVICE}.port": 0}, f"{SERVICE}.port must be at least 1, got 0."),
    ({f"{SERVICE}.port": 65536}, f"{SERVICE}.port must be at most 65535, got 65536."),
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
    ({"review.allow": {"data-loss": " "}}, 'review.allow.data-loss must say why, on one line, got " ".'),
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
        "account_id must be given with target aws, got nothing.",
    ),
    (
        {"target": "aws", "account_id": "111111111111"},
        "region must be given with target aws, got nothing.",
    ),
    ({"sandbox.alb_port": 4566}, "sandbox.alb_port must differ from port, got 4566."),
]

DELIVERY: list[tuple[dict[str, Any], str]] = [
    (
        {"github": {"repository": "shop"}},
        "github.repository must be a GitHub repository as owner/name, got shop.",
    ),
    (
        {"github": {"repository": "example/shop", "branch": "release/*"}},
        "github.branch must be one name, without a pattern, got release/*.",
    ),
    (
        {"github": {"repository": "example/shop", "provider_arn": "arn:aws:iam::1:role/x"}},
        "github.provider_arn must be the ARN of GitHub's OIDC provider, got arn:aws:iam::1:role/x.",
    ),
]

NETWORK: list[tuple[dict[str, Any], str]] = [
    (
        {"network.availability_zones": ["eu-west-1a"]},
        "network.availability_zones must name at least 2 zones (an ALB needs two), got 1.",
    ),
    (
        {"network.availability_zones": ["eu-west-1a", "eu-west-1a"]},
        "network.availability_zones must name each zone once, got eu-west-1a twice.",
    ),
    (
        {"network.availability_zones": ["eu-west-1a", "us-east-1b"]},
        "network.availability_zones must name zones of eu-west-1, such as eu-west-1a, got us-east-1b.",
    ),
    (
        {"network.cidr": "10.20.0.0"},
        "network.cidr must be an IPv4 network such as 10.20.0.0/16, without host bits, got 10.20.0.0.",
    ),
    (
        {"network.cidr": "10.20.0.1/16"},
        "network.cidr must be an IPv4 network such as 10.20.0.0/16, without host bits, got 10.20.0.1/16.",
    ),
    (
        {"network.cidr": "10.20.0.0/28"},
        "network.cidr must be /24 or larger (every zone needs two subnets in it), got 10.20.0.0/28.",
    ),
    (
        {"network.cidr": "10.0.0.0/8"},
        "network.cidr must be /16 or smaller (AWS allows no larger network), got 10.0.0.0/8.",
    ),
    (
        {"network.cidr": "8.8.0.0/16"},
        "network.cidr must lie in a private range "
        "(10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10), got 8.8.0.0/16.",
    ),
    (
        {"alb.allowed_cidrs": []},
        "alb.allowed_cidrs must name at least 1 range (nobody could open the URL), got 0.",
    ),
    (
        {"alb.allowed_cidrs": ["10.0.0.0/8", "10.1.0.0/16"]},
        "alb.allowed_cidrs must name ranges that do not overlap, got 10.0.0.0/8 and 10.1.0.0/16.",
    ),
    (
        {"alb.allowed_cidrs": ["::/0"]},
        "alb.allowed_cidrs.0 must be an IPv4 network such as 10.20.0.0/16, without host bits, got ::/0.",
    ),
    (
        {"network.availability_zones": []},
        "network.availability_zones must name at least 2 zones (an ALB needs two), got 0.",
    ),
    (
        {"network.existing": {"vpc_id": "vpc-1"}},
        "network.existing.vpc_id must be a VPC's id such as vpc-0a1b2c3d4e5f60718, got vpc-1.",
    ),
    (
        {"network.existing": {**VPC, "private_subnet_ids": ["here"]}},
        "network.existing.private_subnet_ids.0 must be a subnet's id such as subnet-0a1b2c3d4e5f60718, "
        "got here.",
    ),
    (
        {"network.existing": VPC, "network.cidr": "10.20.0.0/16"},
        "network.cidr must be null with existing (the VPC has its range), got 10.20.0.0/16.",
    ),
    (
        {"network.existing": VPC, "network.availability_zones": ["eu-west-1a", "eu-west-1b"]},
        "network.availability_zones must be empty with existing (its subnets have their zones), "
        "got eu-west-1a, eu-west-1b.",
    ),
    (
        {
            **TAKEN,
            "network.egress": "nat_per_zone",
            "network.existing": {**VPC, "private_subnet_ids": SUBNETS},
        },
        "network.egress must be public, nat or endpoints with existing (its gateways are its owner's), "
        "got nat_per_zone.",
    ),
    (
        {**TAKEN, "network.egress": "nat"},
        "network.existing.private_subnet_ids must name a subnet for tasks with egress nat, got 0.",
    ),
    (
        {**TAKEN, "network.existing": {**VPC, "endpoints": ["logs", "s3"]}},
        "network.existing.endpoints must be empty with egress public (tasks have another way), got logs, s3.",
    ),
    (
        {**TAKEN, "network.existing": {**VPC, "public_subnet_ids": SUBNETS[:1]}},
        "alb must have at least 2 of network.existing's public_subnet_ids (or private ones, with internal).",
    ),
    (
        {"alb.waf": {"rate_limit": 9}},
        "alb.waf.rate_limit must be at least 10, got 9.",
    ),
    (
        {"alb.waf": {"web_acl_arn": ARN}},
        f"alb.waf.web_acl_arn must be the ARN of a regional web ACL, got {ARN}.",
    ),
    (
        {"alb.waf": {"web_acl_arn": WEB_ACL, "rate_limit": 100}},
        "alb.waf.rate_limit must be null with web_acl_arn (its owner says what it does), got 100.",
    ),
    (
        {"alb.waf": {"managed_rule_groups": []}},
        "alb.waf must have a rate_limit or managed_rule_groups (it would let everything pass), got neither.",
    ),
    (
        {"dns": {"zone_id": "example.com", "zone_name": "example.com"}, **NAMED},
        "dns.zone_id must be a hosted zone's id such as Z0123456789ABCDEFGHIJ, got example.com.",
    ),
    (
        {"dns": {"zone_id": "Z1", "zone_name": "example.com."}, **NAMED},
        "dns.zone_name must be a lower-case domain such as example.com, without a dot at its end, "
        "got example.com..",
    ),
    (
        {"dns": ZONE},
        "services must have at least 1 of route.hosts with dns (there would be nothing to name), got 0.",
    ),
    (
        {"dns": ZONE, f"{SERVICE}.route.hosts": ["films.example.com", "notexample.com"]},
        f"{SERVICE}.route.hosts must lie in dns.zone_name example.com, got notexample.com.",
    ),
    (
        {"alb.certificate_arn": "arn:aws:acm:us-east-1:111111111111:certificate/0a1b"},
        "alb.certificate_arn must be of the load balancer's region eu-west-1, "
        "got arn:aws:acm:us-east-1:111111111111:certificate/0a1b.",
    ),
    (
        {"alb.waf": {"web_acl_arn": WEB_ACL.replace("eu-west-1", "us-east-1")}},
        "alb.waf.web_acl_arn must be of the load balancer's region eu-west-1, "
        f"got {WEB_ACL.replace('eu-west-1', 'us-east-1')}.",
    ),
    ({"alb.certificate_arn": ARN}, f"alb.certificate_arn must be the ARN of an ACM certificate, got {ARN}."),
]

MONITORING: list[tuple[dict[str, Any], str]] = [
    ({"monitoring.emails": ["ops"]}, "monitoring.emails.0 must be an e-mail address, got ops."),
    (
        {"monitoring.emails": ["a@example.com", "a@example.com"]},
        "monitoring.emails must name each of them once, got a@example.com twice.",
    ),
    ({"monitoring.topic_arn": ARN}, f"monitoring.topic_arn must be the ARN of an SNS topic, got {ARN}."),
    (
        {"monitoring.topic_arn": TOPIC, "monitoring.emails": ["a@example.com"]},
        "monitoring.emails must be empty with a topic_arn (subscribe them to that topic), got a@example.com.",
    ),
]

IMAGES: list[tuple[dict[str, Any], str]] = [
    ({"images.unreleased_days": 0}, "images.unreleased_days must be at least 1, got 0."),
    ({"images.readers": ["1"]}, "images.readers.0 must be 12 digits in quotes, got 1."),
    (
        {"images.replicas": ["us-east-1", "us-east-1"]},
        "images.replicas must name each of them once, got us-east-1 twice.",
    ),
    (
        {"images.replicas": ["eu-west-1"]},
        "images.replicas must be regions other than eu-west-1, where the images are.",
    ),
    (
        {"images.caches": {"Docker": {"upstream": "x"}}},
        "images.caches.Docker must be named by lower-case letters and digits, got Docker.",
    ),
    ({"images.caches": {"quay": {}}}, "images.caches.quay.upstream must be given, got nothing."),
]

ALARMS: list[tuple[dict[str, Any], str]] = [
    ({f"{SERVICE}.alarms.error_percent": 0}, "alarms.error_percent must be more than 0, got 0."),
    ({f"{SERVICE}.alarms.error_percent": "5 %"}, 'alarms.error_percent must be a number, got "5 %".'),
    ({f"{SERVICE}.alarms.error_percent": 101.5}, "alarms.error_percent must be at most 100, got 101.5."),
    ({f"{SERVICE}.alarms.latency_p99_ms": 0}, "alarms.latency_p99_ms must be at least 1, got 0."),
    ({f"{SERVICE}.alarms.error_rate": 1}, "alarms.error_rate: unknown key; did you mean error_percent?"),
]

WORKLOAD: list[tuple[dict[str, Any], str]] = [
    ({f"{SERVICE}.size.cpu": 300}, "size.cpu must be 256, 512, 1024, 2048, 4096, 8192 or 16384, got 300."),
    ({f"{SERVICE}.size.memory": 4096}, "size.memory must be 512, 1024 or 2048 with cpu 256, got 4096."),
    (
        {f"{SERVICE}.size": {"cpu": 512, "memory": 512}},
        "size.memory must be 1024, 2048, 3072 or 4096 with cpu 512, got 512.",
    ),
    (
        {f"{SERVICE}.size": {"cpu": 8192, "memory": 17408}},
        "size.memory must be 16384 to 61440 in steps of 4096 with cpu 8192, got 17408.",
    ),
    ({f"{SERVICE}.scaling.min": 5}, "scaling.min must be at most max (4), got 5."),
    ({f"{SERVICE}.scaling.cpu_percent": 101}, "scaling.cpu_percent must be at most 100, got 101."),
    (
        {f"{SERVICE}.health.timeout_seconds": 5},
        "health.timeout_seconds must be less than interval_seconds (5), got 5.",
    ),
    (
        {f"{SERVICE}.health.status": "fine"},
        'health.status must be HTTP status codes such as "200", "200,202" or "200-299", got fine.',
    ),
    ({f"{SERVICE}.health.path": "health"}, "health.path must begin with / and hold no spaces, got health."),
    (
        {f"{SERVICE}.rollout.maximum_percent": 100},
        "rollout.maximum_percent must leave room to start or stop a task: 2 running, "
        "100 % must stay up, got 100.",
    ),
    (
        {f"{SERVICE}.rollout.maximum_percent": 149},
        "rollout.maximum_percent must leave room to start or stop a task: 2 running, "
        "100 % must stay up, got 149.",
    ),
    ({f"{SERVICE}.route.paths": ["/a", "/a"]}, "route.paths must name each of them once, got /a twice."),
    ({f"{SERVICE}.route.hosts": ["a.b", "A.b"]}, "route.hosts must name each of them once, got a.b twice."),
    ({f"{SERVICE}.command": []}, "command must be null (the image's own) or hold at least 1 word, got 0."),
    (
        {f"{SERVICE}.environment": {"1ST": "x"}},
        "environment.1ST must be named by letters, digits and _, not beginning with a digit, got 1ST.",
    ),
    (
        {f"{SERVICE}.environment": {"PORT": "80"}},
        "environment.PORT must not be given: the deployment sets it.",
    ),
    (
        {f"{SERVICE}.environment": {"TOKEN": "x"}, f"{SERVICE}.secrets": {"TOKEN": ARN}},
        "secrets.TOKEN must not be given in environment as well.",
    ),
    (
        {f"{SERVICE}.smoke.requests": []},
        "smoke.requests must hold at least 1 request (nothing would be verified), got 0.",
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
        "smoke.canary.uids must be a file that exists, or s3://…, got nobody.csv.",
    ),
    (
        {f"{SERVICE}.smoke.requests": [{"path": "/?uid=0", "status": 404, "recommendations": 10}]},
        "smoke.requests.0.recommendations must be null with status 404 (an error holds none), got 10.",
    ),
]

CLOCK: list[tuple[dict[str, Any], str]] = [
    (
        {f"{SERVICE}.scaling.schedule": {"night": {"cron": "0 20 * * *", "min": 1, "max": 1}}},
        "scaling.schedule.night.cron must be the six fields of AWS's cron, such as 0 8 ? * MON-FRI *, "
        "one of the days being ?, got 0 20 * * *.",
    ),
    (
        {f"{SERVICE}.scaling.schedule": {"night": {"cron": "0 20 ? * * *", "min": 2, "max": 1}}},
        "scaling.schedule.night.min must be at most max (1), got 2.",
    ),
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
        "scaling.hours.days must name at least 1 day, each of them once, got mon, mon.",
    ),
    (
        {f"{SERVICE}.scaling.hours": {"start": "08:00", "stop": "18:00", "timezone": "Mars/Base"}},
        "scaling.hours.timezone must be an IANA time zone such as Europe/Berlin, got Mars/Base.",
    ),
    (
        {
            f"{SERVICE}.scaling.hours": {"start": "08:00", "stop": "18:00"},
            f"{SERVICE}.scaling.schedule": {"night": {"cron": "0 20 ? * * *", "min": 1, "max": 1}},
        },
        "scaling.hours must be null beside a schedule (they would undo each other).",
    ),
    (
        {f"{SERVICE}.scaling.hours": {"start": "08:00", "stop": "18:00"}, "disposable": False},
        "scaling.hours must be null with disposable false (what must not be lost must not sleep either).",
    ),
]

EC2 = {"instance_type": "g5.xlarge", "max": 2}
CAPACITY: list[tuple[dict[str, Any], str]] = [
    (
        {f"{SERVICE}.capacity": {"fargate": {"weight": 0}}},
        "capacity must give at least one weight above 0, got 0.",
    ),
    (
        {f"{SERVICE}.capacity": {"fargate": {"base": 1}, "fargate_spot": {"base": 1}}},
        "capacity must have a base in one of fargate and fargate_spot, got both.",
    ),
    (
        {f"{SERVICE}.capacity": {"ec2": "gpu", "fargate": {}}},
        "capacity.ec2 must stand alone, without fargate and fargate_spot, got gpu.",
    ),
    (
        {f"{SERVICE}.capacity": {"ec2": "gpu"}},
        "capacity.ec2 must name a group of cluster.ec2 (none), got gpu.",
    ),
    (
        {f"{SERVICE}.capacity": {"ec2": "gpu"}, "cluster.ec2": {"gpu": EC2}},
        "capacity.ec2 must be null with network.egress public (tasks on instances get no public address), "
        "got gpu.",
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
    ({f"{SERVICE}.size.gpus": 1}, "size.gpus must be 0 on Fargate, which has none, got 1."),
    (
        {f"{SERVICE}.size.ephemeral_storage_gib": 20},
        "size.ephemeral_storage_gib must be at least 21, got 20.",
    ),
    (
        {f"{SERVICE}.size.ephemeral_storage_gib": 50, f"{SERVICE}.capacity": {"ec2": "gpu"}},
        "size.ephemeral_storage_gib must be null on EC2 (the group's disk_gib is what its tasks share), "
        "got 50.",
    ),
    (
        {f"{SERVICE}.ulimits": {"nproc": {"soft": 1, "hard": 1}}},
        "ulimits must name nofile alone on Fargate, which lets no other be set, got nproc.",
    ),
]

SIDECAR = f"{SERVICE}.sidecars"
CONTAINERS: list[tuple[dict[str, Any], str]] = [
    ({f"{SERVICE}.image.architecture": "mips"}, 'image.architecture must be x86_64 or arm64, got "mips".'),
    (
        {f"{SERVICE}.ulimits": {"nofile": {"soft": 2, "hard": 1}}},
        "ulimits.nofile.soft must be at most hard (1), got 2.",
    ),
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
        {SIDECAR: {"side": {"environment": {"A": "x"}, "secrets": {"A": ARN}}}},
        "sidecars.side.secrets.A must not be given in environment as well.",
    ),
    (
        {f"{SERVICE}.depends_on": {"side": "START"}},
        "depends_on.side must name another container of the task (none).",
    ),
    (
        {SIDECAR: {"one": {"depends_on": {"two": "START"}}, "three": {}}},
        "sidecars.one.depends_on.two must name another container of the task (one, three).",
    ),
    (
        {SIDECAR: {"side": {"depends_on": {"side": "DONE"}}}},
        'sidecars.side.depends_on.side must be START, COMPLETE, SUCCESS or HEALTHY, got "DONE".',
    ),
    (
        {SIDECAR: {"one": {"depends_on": {"two": "START"}}, "two": {"depends_on": {"one": "START"}}}},
        "sidecars must not wait for each other in a circle, got one → two → one.",
    ),
    (
        {f"{SERVICE}.logs.firelens": {"Name": "stdout"}},
        "logs.firelens must come with exactly 1 sidecar that has firelens, got 0.",
    ),
]

SOURCES: list[tuple[dict[str, Any], str]] = [
    (
        {f"{SERVICE}.image": {}},
        "image must have a context (to build it) or a reference (to take it), got neither.",
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
    ({f"{SERVICE}.image.context": "nowhere"}, "image.context must be a folder that exists, got nowhere."),
    (
        {f"{SERVICE}.image.dockerfile": "Other"},
        "image.dockerfile must be a file that exists in the context, got Other.",
    ),
    (
        {f"{SERVICE}.model.ratings": "no.csv"},
        "model.ratings must be a file that exists, or s3://…, got no.csv.",
    ),
    (
        {f"{SERVICE}.model.version": "1", f"{SERVICE}.model.ratings": "ratings.csv"},
        "model.ratings must be null beside a version (either trains or is given), got ratings.csv.",
    ),
    (
        {f"{SERVICE}.model.source": "s3://b/m"},
        "model.source must come with the version that it is, got s3://b/m.",
    ),
    (
        {f"{SERVICE}.model.version": "1", f"{SERVICE}.model.source": "nowhere"},
        "model.source must be a folder that exists, or s3://…, got nowhere.",
    ),
    (
        {f"{SERVICE}.model.ratings": "x" * 5000},
        f"model.ratings must be a file that exists, or s3://…, got {'x' * 80}….",
    ),
    ({f"{SERVICE}.model.name": "a/b"}, "model.name must be at most 64 letters, digits and . _ -, got a/b."),
]


@pytest.mark.parametrize(
    ("changes", "problem"), [*SHAPE, *REVIEW, *IDENTITY, *NETWORK, *MONITORING, *IMAGES, *DELIVERY]
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
    ("routes", "problem"),
    [
        ([], "services must hold at least 1 service, got 0."),
        (
            [{}, {}],
            "services must have at most 1 service with the default route (no hosts, no paths), got s0, s1.",
        ),
        (
            [{}, {"paths": ["/a"]}, {"paths": ["/a"]}],
            "services.s2.route must not overlap s1's, got host *, path /a in both.",
        ),
        (
            [{}, {"hosts": ["A.example"]}, {"hosts": ["a.example", "b.example"]}],
            "services.s2.route must not overlap s1's, got host a.example, path /* in both.",
        ),
        ([{}, {"paths": ["/*"]}], "services.s1.route must not overlap s0's, got host *, path /* in both."),
    ],
)
def test_routes_leave_no_doubt(clone: Clone, routes: list[dict[str, Any]], problem: str) -> None:
    """Every request goes to exactly one service."""
    service = yaml.safe_load((ENVIRONMENTS / "dev.yaml").read_text())["services"]["recommender"]
    clone.write(
        {"services": {f"s{index}": {**service, "route": route} for index, route in enumerate(routes)}}
    )
    assert clone.problems() == (problem,)


@pytest.mark.parametrize(
    "routes", [[{}, {"paths": ["/a/*"]}, {"paths": ["/a/b"]}], [{}, {"hosts": ["a.example"]}]]
)
def test_narrower_routes_are_no_overlap(clone: Clone, routes: list[dict[str, Any]]) -> None:
    """A route may lie inside another: the narrower one wins."""
    service = yaml.safe_load((ENVIRONMENTS / "dev.yaml").read_text())["services"]["recommender"]
    clone.write(
        {"services": {f"s{index}": {**service, "route": route} for index, route in enumerate(routes)}}
    )
    assert len(clone.load().services) == len(routes)


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
    """Whoever forgot the quotes or the ARN does not find the password in a build's output."""
    clone.write({f"{SERVICE}.{block}": secrets})
    (problem,) = clone.problems()
    assert f"{SERVICE}.{block}" in problem
    assert "hunter2" not in problem
    assert "12345" not in problem


def test_secret_must_be_an_arn(clone: Clone) -> None:
    """The sentence names the key and says what belongs there."""
    clone.write({f"{SERVICE}.secrets": {"TOKEN": "hunter2"}})
    assert clone.problems() == (
        f"{SERVICE}.secrets.TOKEN must be the ARN of a Secrets Manager secret or an SSM parameter, "
        "never the secret itself.",
    )


def test_every_problem_comes_at_once(clone: Clone) -> None:
    """Mistakes all over the file are told together, in the file's order."""
    clone.write(
        {
            "project": "recommender-for-films",
            "network.availability_zones": ["eu-west-1a"],
            f"{SERVICE}.scalling": {},
            f"{SERVICE}.size.memory": 999,
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
    """Loading touches no network: what lies in S3 is found out later."""
    clone.write({f"{SERVICE}.model.ratings": "s3://bucket/ratings.csv"})
    model = clone.load().services["recommender"].model
    assert model is not None
    assert model.ratings == "s3://bucket/ratings.csv"


def test_wrong_value_cannot_write_to_the_terminal(clone: Clone) -> None:
    """Escape sequences in a value or a key are shown, not sent."""
    clone.write_text('"\\e[2J": 1\nproject: "\\e[2J"\n')
    assert not [problem for problem in clone.problems() if not problem.isprintable()]
