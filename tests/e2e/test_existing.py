"""Existing resources of a company: an apply uses them, and a destroy leaves every byte as it was."""

import json
import subprocess
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.e2e.conftest import Clone
from wrapper.aws.client import Aws

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("attached")]

# They are named as the environment would name its own: names decide nothing.
CLUSTER = "recommender-dev"
REPOSITORY = "company/recommender"
BUCKET = "company-models"
ANSWER: Any = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "418"}}]


@dataclass
class Company:
    """What exists before: a network, a load balancer with a rule, a cluster, a repository, a bucket."""

    aws: Aws
    vpc: str = ""
    subnets: list[str] = field(default_factory=list)
    group: str = ""
    balancer: str = ""
    host: str = ""
    listener: str = ""

    def build(self) -> None:
        ec2, elbv2 = self.aws.ec2, self.aws.elbv2
        tags: Any = [{"Key": "owner", "Value": "company"}]
        self.vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
        self.subnets = [
            ec2.create_subnet(
                VpcId=self.vpc, CidrBlock=f"10.9.{n}.0/24", AvailabilityZone=f"eu-west-1{zone}"
            )["Subnet"]["SubnetId"]
            for n, zone in enumerate("ab")
        ]
        self.group = ec2.create_security_group(GroupName="company", Description="its", VpcId=self.vpc)[
            "GroupId"
        ]
        [made] = elbv2.create_load_balancer(
            Name="company", Subnets=self.subnets, SecurityGroups=[self.group], Tags=tags
        )["LoadBalancers"]
        self.balancer, self.host = made["LoadBalancerArn"], made["DNSName"]
        [listener] = elbv2.create_listener(
            LoadBalancerArn=self.balancer, Protocol="HTTP", Port=80, DefaultActions=ANSWER, Tags=tags
        )["Listeners"]
        self.listener = listener["ListenerArn"]
        elbv2.create_rule(
            ListenerArn=self.listener,
            Priority=1,
            Conditions=[{"Field": "path-pattern", "Values": ["/company"]}],
            Actions=ANSWER,
        )
        self.aws.ecs.create_cluster(
            clusterName=CLUSTER,
            capacityProviders=["FARGATE", "FARGATE_SPOT"],
            tags=[{"key": "owner", "value": "company"}],
        )
        self.aws.ecr.create_repository(repositoryName=REPOSITORY, tags=tags)
        self.aws.s3.create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
        self.aws.s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        self.aws.s3.put_bucket_tagging(Bucket=BUCKET, Tagging={"TagSet": tags})

    def described(self) -> dict[str, str]:
        """Return all that AWS reports of each resource, as text."""
        aws = self.aws
        arns = [self.balancer, self.listener]
        found: dict[str, Any] = {
            "network": aws.ec2.describe_vpcs(VpcIds=[self.vpc])["Vpcs"],
            "subnets": aws.ec2.describe_subnets(SubnetIds=self.subnets)["Subnets"],
            "group": aws.ec2.describe_security_groups(GroupIds=[self.group])["SecurityGroups"],
            "balancer": aws.elbv2.describe_load_balancers(LoadBalancerArns=[self.balancer])["LoadBalancers"],
            "attributes": aws.elbv2.describe_load_balancer_attributes(LoadBalancerArn=self.balancer)[
                "Attributes"
            ],
            "listeners": aws.elbv2.describe_listeners(LoadBalancerArn=self.balancer)["Listeners"],
            "rules": aws.elbv2.describe_rules(ListenerArn=self.listener)["Rules"],
            "tags": aws.elbv2.describe_tags(ResourceArns=arns)["TagDescriptions"],
            "cluster": aws.ecs.describe_clusters(
                clusters=[CLUSTER], include=["ATTACHMENTS", "CONFIGURATIONS", "SETTINGS", "TAGS"]
            )["clusters"],
            "repository": aws.ecr.describe_repositories(repositoryNames=[REPOSITORY])["repositories"],
            "versioning": aws.s3.get_bucket_versioning(Bucket=BUCKET).get("Status"),
            "bucket tags": aws.s3.get_bucket_tagging(Bucket=BUCKET)["TagSet"],
            "notifications": {
                key: value
                for key, value in aws.s3.get_bucket_notification_configuration(Bucket=BUCKET).items()
                if key != "ResponseMetadata"
            },
        }
        return {name: json.dumps(each, default=str, sort_keys=True) for name, each in found.items()}

    @property
    def overrides(self) -> list[str]:
        existing = {
            "load_balancer_arn": self.balancer,
            "listener_arn": self.listener,
            "security_group_id": self.group,
            "url": f"http://{self.host}",
        }
        vpc = {"vpc_id": self.vpc, "public_subnet_ids": self.subnets}
        return [
            f"network={json.dumps({'existing': vpc})}",
            f"alb={json.dumps({'existing': existing})}",
            f"cluster={json.dumps({'existing': {'cluster_name': CLUSTER}})}",
            f"models={json.dumps({'existing': {'bucket': BUCKET}})}",
            f"services.recommender.image.existing={json.dumps({'repository_name': REPOSITORY})}",
        ]


@pytest.fixture(scope="module")
def company(clone: Clone) -> Company:
    """Start a sandbox in which all of it exists before any apply."""
    started = clone.wrapper("sandbox", "up", "dev")
    assert started.returncode == 0, started.stderr
    made = Company(clone.aws())
    made.build()
    return made


@pytest.fixture(scope="module")
def before(company: Company) -> dict[str, str]:
    """Return what AWS reports of it before the first apply."""
    return company.described()


@pytest.fixture(scope="module")
def applied(clone: Clone, company: Company, before: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Apply for the first time; the environment creates only what its services need."""
    clone.overrides += company.overrides
    return clone.wrapper("apply", "dev", "--json")


def test_what_is_there_serves(
    clone: Clone, company: Company, applied: subprocess.CompletedProcess[str]
) -> None:
    """Every check of the smoke test passes; the company's own rule is still first."""
    assert applied.returncode == 0, applied.stderr
    assert json.loads(applied.stdout)["ok"] is True
    assert clone.get("/?uid=20").status_code == 200
    assert clone.get("/company").status_code == 418
    [task] = company.aws.ecs.list_tasks(cluster=CLUSTER)["taskArns"][:1]
    assert f"/{CLUSTER}/" in task
    assert company.aws.ecr.describe_images(repositoryName=REPOSITORY)["imageDetails"]
    assert company.aws.s3.list_objects_v2(Bucket=BUCKET, Prefix="models/")["KeyCount"] > 0


def test_it_gets_rules_and_nothing_else(company: Company, before: dict[str, str], applied: object) -> None:
    """The apply adds a listener rule and a security group rule; the cluster counts its new services."""
    now = company.described()
    changed = {name for name in before if now[name] != before[name]}
    assert changed == {"rules", "group", "cluster"}
    kept = [rule for rule in json.loads(now["rules"]) if rule in json.loads(before["rules"])]
    assert kept == json.loads(before["rules"])
    [was], [group] = json.loads(before["group"]), json.loads(now["group"])
    assert {**group, "IpPermissionsEgress": was["IpPermissionsEgress"]} == was
    [was], [cluster] = json.loads(before["cluster"]), json.loads(now["cluster"])
    assert {key for key in was if was[key] != cluster[key]} <= {
        "activeServicesCount",
        "pendingTasksCount",
        "runningTasksCount",
        "statistics",
    }


def test_it_is_neither_changed_again_nor_missed(clone: Clone, applied: object) -> None:
    """A second plan is empty, there is no drift, and verify finds each resource and all priorities."""
    assert clone.wrapper("plan", "dev", "--detailed-exitcode").returncode == 0
    drifted = clone.wrapper("drift", "dev")
    assert drifted.returncode == 0, drifted.stdout
    report = json.loads(clone.wrapper("verify", "dev", "--json").stdout)
    assert report["ok"] is True
    found = {each["subject"]: each["level"] for each in report["findings"]}
    assert found["cluster.existing.cluster_name"] == found["priorities of alb.existing"] == "ok"


def test_a_pause_reaches_the_services_there(clone: Clone, company: Company, applied: object) -> None:
    """A pause suspends the autoscaling of a service in that cluster, and a resume restores it."""
    assert clone.wrapper("pause", "dev").returncode == 0
    assert company.aws.ecs.list_tasks(cluster=CLUSTER, desiredStatus="RUNNING")["taskArns"] == []
    assert clone.wrapper("resume", "dev").returncode == 0


def test_destroy_leaves_it_as_it_was(
    clone: Clone, company: Company, before: dict[str, str], applied: object
) -> None:
    """Nothing of the environment is left, existing resources are unchanged, and uploaded objects stay."""
    done = clone.wrapper("destroy", "dev", "--yes", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["ok"], report["left"]) == (True, [])
    assert {"service", "target group", "role", "scalable target", "log group"} <= {
        each["kind"] for each in report["before"]
    }
    assert not {"cluster", "load balancer", "repository", "vpc"} & {each["kind"] for each in report["before"]}
    assert company.described() == before
    assert company.aws.ecr.describe_images(repositoryName=REPOSITORY)["imageDetails"]
