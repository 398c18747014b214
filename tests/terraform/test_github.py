"""The roles of GitHub's workflows: who may assume them, and their permissions."""

import json
from collections.abc import Mapping
from fnmatch import fnmatchcase

import pytest
import tftest

from tests.terraform.authorization import concerns, kinds, unmatched
from tests.terraform.examples import COMMON
from tests.terraform.policies import allowed, grants, is_read, listed, policies
from tests.terraform.roots import Roots, planned

# What is granted on `*` although AWS supports a resource for it, and which neither reads nor lists.
WIDE = {
    "cloudwatch:GetMetricData": "AWS's own metrics lie in no dataset, and no policy can name one of them",
    "ecr:DescribeRepositories": "asked for all, AWS judges it on every repository",
    "ec2:DescribeVpcAttribute": "a VPC may be somebody else's",
    "servicequotas:GetServiceQuota": "quotas have codes, and tell nothing of anybody",
}
LONGEST_POLICY = 6144
ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/shop-dev-"
ISSUER = "token.actions.githubusercontent.com"
HERE = f"eu-west-1:{ACCOUNT}"


@pytest.fixture(scope="module")
def github(roots: Roots) -> tftest.TerraformPlanOutput:
    """The plan of the roles for one repository."""
    return roots("stacks/github").plan({**COMMON, "github": {"repository": "example/shop"}})


@pytest.fixture(scope="module")
def longest(roots: Roots) -> tftest.TerraformPlanOutput:
    """The plan of roles with the longest environment and region, and with the repository's ids."""
    names = {"project": "recommendations", "environment": "product8", "region": "ap-southeast-1"}
    ids = {"owner_id": 123456, "repository_id": 456789}
    return roots("stacks/github").plan({**COMMON, **names, "github": {"repository": "example/shop", **ids}})


def subjects(plan: tftest.TerraformPlanOutput) -> dict[str, list[str]]:
    """Return who may assume each role, by the last part of its name."""
    found = {}
    for values in planned(plan, "aws_iam_role").values():
        [statement] = json.loads(values["assume_role_policy"])["Statement"]
        conditions = statement["Condition"]
        assert conditions.keys() == {"StringEquals"}
        role = values["name"].rpartition("-")[2]
        branch = {f"{ISSUER}:ref"} if role == "apply" else set()
        assert conditions["StringEquals"].keys() == {f"{ISSUER}:aud", f"{ISSUER}:sub", *branch}
        assert conditions["StringEquals"].get(f"{ISSUER}:ref", "refs/heads/main") == "refs/heads/main"
        assert conditions["StringEquals"][f"{ISSUER}:aud"] == "sts.amazonaws.com"
        found[role] = listed(conditions["StringEquals"][f"{ISSUER}:sub"])
    return found


def test_only_the_repositorys_own_workflows_plan(github: tftest.TerraformPlanOutput) -> None:
    """The branch may publish; a job of the environment, which requires approval, may apply."""
    assert {role: sorted(found) for role, found in subjects(github).items()} == {
        "plan": ["repo:example/shop:pull_request", "repo:example/shop:ref:refs/heads/main"],
        "publish": ["repo:example/shop:ref:refs/heads/main"],
        "apply": ["repo:example/shop:environment:dev"],
    }


def test_a_repository_with_ids_is_trusted(longest: tftest.TerraformPlanOutput) -> None:
    """Tokens of newer repositories contain the ids of owner and repository, older ones only the names."""
    both = ("example/shop", "example@123456/shop@456789")
    assert {role: sorted(found) for role, found in subjects(longest).items()} == {
        "plan": sorted(
            f"repo:{name}:{claim}" for name in both for claim in ("pull_request", "ref:refs/heads/main")
        ),
        "publish": [f"repo:{name}:ref:refs/heads/main" for name in both],
        "apply": [f"repo:{name}:environment:product8" for name in both],
    }


def test_no_action_is_a_pattern(github: tftest.TerraformPlanOutput) -> None:
    """No resource is `*` either, unless AWS supports no other."""
    wide = set()
    for _, action, resource in allowed(github):
        assert "*" not in action
        if resource == "*" and kinds(action):
            wide.add(action)
    assert wide == WIDE.keys()


def test_aws_can_allow_what_is_granted(longest: tftest.TerraformPlanOutput) -> None:
    """An action is granted on a resource type that AWS supports for it; on others it would be denied."""
    granted: dict[str, set[str]] = {}
    for _, statement in grants(longest):
        resources = listed(statement["Resource"])
        for action in listed(statement["Action"]):
            granted.setdefault(action, set()).update(resources)
            assert resources == ["*"] or concerns(action, resources), action
    said = {action: unmatched(action, resources) for action, resources in granted.items()}
    assert {action: why for action, why in said.items() if why} == {}


def test_tags_are_asked_where_aws_tells_them(github: tftest.TerraformPlanOutput) -> None:
    """AWS would always deny an action with a condition on a tag that it never sends."""
    asked = set()
    for _, statement in grants(github):
        if any("ResourceTag" in key for key in statement.get("Condition", {}).get("StringEquals", {})):
            for action in listed(statement["Action"]):
                asked.add(action)
                assert all(kind.is_tagged for kind in concerns(action, listed(statement["Resource"]))), action
    assert {"ec2:DeleteVpc", "kms:ScheduleKeyDeletion"} <= asked


def test_the_plan_role_changes_nothing(github: tftest.TerraformPlanOutput) -> None:
    """It reads without a lock: otherwise a pull request's author could delete the lock of an apply."""
    writing = {
        (action, resource)
        for policy, action, resource in allowed(github)
        if policy in of_role(github, "plan") and not is_read(action)
    }
    assert writing == set()
    inline = planned(github, "aws_iam_role_policy")
    assert sorted(address.rpartition(".")[2] for address in inline) == ["limits", "write_once"]


def of_role(plan: tftest.TerraformPlanOutput, role: str) -> set[str]:
    """Return the names of the policies attached to a role."""
    attached = [address.partition('"')[2] for address in planned(plan, "aws_iam_role_policy_attachment")]
    prefix = "shop-dev-github-"
    return {
        prefix + address.removeprefix(f"{role}/").removesuffix('"]').replace("_", "-")
        for address in attached
        if address.startswith(f"{role}/")
    }


def can(plan: tftest.TerraformPlanOutput, role: str, action: str, resource: str, **tags: str) -> bool:
    """Return whether a role may do this to a resource with such tags, if all other conditions hold."""
    own = of_role(plan, role) | ({"limits"} if role == "apply" else set())
    return any(
        action in listed(statement["Action"])
        and any(fnmatchcase(resource, each) for each in listed(statement["Resource"]))
        and all(
            tags.get(key.rpartition("/")[2], value if test.endswith("IfExists") else None) == value
            for test, keys in statement.get("Condition", {}).items()
            for key, value in keys.items()
            if "ResourceTag" in key
        )
        for name, statement in grants(plan)
        if name in own
    )


MINE: Mapping[str, str] = {"project": "shop", "environment": "dev"}
ALIKE: Mapping[str, str] = {"project": "shop", "environment": "dev-eu"}
# What an apply of shop-dev does to its own resources, and must not do to those of others.
APPLIED = [
    ("cloudwatch:DeleteAlarms", f"arn:aws:cloudwatch:{HERE}:alarm:shop-dev{{}}-web-cpu"),
    ("ec2:DeleteSubnet", f"arn:aws:ec2:{HERE}:subnet/subnet-1"),
    ("ecs:DeleteCapacityProvider", f"arn:aws:ecs:{HERE}:capacity-provider/shop-dev{{}}-gpu"),
    ("ecs:RunTask", f"arn:aws:ecs:{HERE}:task-definition/shop-dev{{}}-web:1"),
    (
        "elasticloadbalancing:DeleteTargetGroup",
        f"arn:aws:elasticloadbalancing:{HERE}:targetgroup/shop-dev{{}}-web/1",
    ),
    ("events:DeleteRule", f"arn:aws:events:{HERE}:rule/shop-dev{{}}-nightly"),
    ("iam:PutRolePolicy", f"arn:aws:iam::{ACCOUNT}:role/shop-dev{{}}-web-task"),
    ("kms:ScheduleKeyDeletion", f"arn:aws:kms:{HERE}:key/1"),
    ("scheduler:DeleteScheduleGroup", f"arn:aws:scheduler:{HERE}:schedule-group/shop-dev{{}}-nightly"),
    ("sqs:DeleteQueue", f"arn:aws:sqs:{HERE}:shop-dev{{}}-nightly-failed"),
]
# And to resources that are recognised by name, with or without tags.
NAMED = [
    ("ecr:BatchDeleteImage", f"arn:aws:ecr:{HERE}:repository/shop-dev{{}}/web"),
    ("ecs:DeleteCluster", f"arn:aws:ecs:{HERE}:cluster/shop-dev{{}}"),
    ("ecs:UpdateService", f"arn:aws:ecs:{HERE}:service/shop-dev{{}}/shop-dev{{}}-web"),
    (
        "elasticloadbalancing:DeleteLoadBalancer",
        f"arn:aws:elasticloadbalancing:{HERE}:loadbalancer/app/shop-dev{{}}/1",
    ),
    ("logs:DeleteLogGroup", f"arn:aws:logs:{HERE}:log-group:/ecs/shop-dev{{}}/web:log-stream:"),
    ("logs:GetLogEvents", f"arn:aws:logs:{HERE}:log-group:/ecs/shop-dev{{}}/web:log-stream:web/web/1"),
    ("s3:DeleteObject", f"arn:aws:s3:::shop-dev{{}}-state-{ACCOUNT}/app.tfstate.tflock"),
    ("s3:GetObject", f"arn:aws:s3:::shop-dev{{}}-state-{ACCOUNT}/app.tfstate"),
    ("s3:PutBucketPolicy", f"arn:aws:s3:::shop-dev{{}}-models-{ACCOUNT}"),
    ("wafv2:DeleteWebACL", f"arn:aws:wafv2:{HERE}:regional/webacl/shop-dev{{}}/1"),
]


@pytest.mark.parametrize(("action", "resource"), APPLIED)
def test_apply_leaves_what_others_have(
    github: tftest.TerraformPlanOutput, action: str, resource: str
) -> None:
    """Also those of an environment whose name begins alike, and those without a name."""
    assert can(github, "apply", action, resource.format(""), **MINE)
    assert not can(github, "apply", action, resource.format("-eu"), **ALIKE)
    assert not can(
        github, "apply", action, resource.format("").replace("shop-dev", "blog-dev"), project="blog"
    )


@pytest.mark.parametrize(("action", "resource"), NAMED)
def test_apply_keeps_to_names(github: tftest.TerraformPlanOutput, action: str, resource: str) -> None:
    """Without tags from AWS, a name must be one with which no other environment's begins."""
    assert can(github, "apply", action, resource.format("", ""))
    assert not can(github, "apply", action, resource.format("-eu", "-eu"))


# What a merge must not do before an approval, and what it does.
NOT_PUBLISHED = [
    ("ecr:BatchDeleteImage", f"arn:aws:ecr:{HERE}:repository/shop-dev/web"),
    ("ecr:CreatePullThroughCacheRule", "*"),
    ("ecr:PutImageTagMutability", f"arn:aws:ecr:{HERE}:repository/shop-dev/web"),
    ("ecr:SetRepositoryPolicy", f"arn:aws:ecr:{HERE}:repository/shop-dev/web"),
    ("ecs:UpdateService", f"arn:aws:ecs:{HERE}:service/shop-dev/shop-dev-web"),
    ("iam:PassRole", f"{ROLE}web-task"),
    ("logs:GetLogEvents", f"arn:aws:logs:{HERE}:log-group:/ecs/shop-dev/web:log-stream:web/web/1"),
    ("s3:DeleteObject", f"arn:aws:s3:::shop-dev-models-{ACCOUNT}/models/movielens/1/manifest.json"),
    ("s3:DeleteObject", f"arn:aws:s3:::shop-dev-state-{ACCOUNT}/app.tfstate.tflock"),
    ("s3:DeleteObjectVersion", f"arn:aws:s3:::shop-dev-state-{ACCOUNT}/foundation.tfstate"),
    ("s3:PutBucketPolicy", f"arn:aws:s3:::shop-dev-models-{ACCOUNT}"),
    ("s3:PutObject", f"arn:aws:s3:::shop-dev-state-{ACCOUNT}/app.tfstate"),
    ("s3:PutObject", f"arn:aws:s3:::shop-dev-state-{ACCOUNT}/releases/1.json"),
]
PUBLISHED = [
    ("ecr:CreateRepository", f"arn:aws:ecr:{HERE}:repository/shop-dev/web"),
    ("ecr:PutImage", f"arn:aws:ecr:{HERE}:repository/shop-dev/web"),
    ("s3:DeleteObject", f"arn:aws:s3:::shop-dev-state-{ACCOUNT}/environment.tflock"),
    ("s3:PutObject", f"arn:aws:s3:::shop-dev-models-{ACCOUNT}/models/movielens/1/manifest.json"),
    ("s3:PutObject", f"arn:aws:s3:::shop-dev-state-{ACCOUNT}/attestations/sha256-0a1b2c3d/sbom.json"),
    ("s3:PutObject", f"arn:aws:s3:::shop-dev-state-{ACCOUNT}/foundation.tfstate"),
]


@pytest.mark.parametrize(("action", "resource"), NOT_PUBLISHED)
def test_a_merge_takes_nothing_away(github: tftest.TerraformPlanOutput, action: str, resource: str) -> None:
    """It may not delete, write a bucket's policy, or change what runs or has run."""
    assert can(github, "apply", action, resource)
    assert not can(github, "publish", action, resource)
    assert not can(github, "plan", action, resource)


@pytest.mark.parametrize(("action", "resource"), PUBLISHED)
def test_a_merge_adds(github: tftest.TerraformPlanOutput, action: str, resource: str) -> None:
    """It may push images and models and create places for them, under the environment's lock."""
    assert can(github, "publish", action, resource)
    assert not can(github, "publish", action, resource.replace("shop-dev", "shop-dev-eu"))


ALARM = f"arn:aws:cloudwatch:{HERE}:alarm:TargetTracking-service/shop-dev/shop-dev-web-AlarmHigh-1"
AMI = "parameter/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id"
BALANCERS = f"arn:aws:elasticloadbalancing:{HERE}"
# Permissions that AWS checks besides the call's own, and calls of updates; each with its source.
ASKED = {
    # https://docs.aws.amazon.com/autoscaling/application/userguide/security_iam_id-based-policy-examples.html
    "cloudwatch:PutMetricAlarm": ALARM,
    "cloudwatch:DeleteAlarms": ALARM,
    # https://docs.aws.amazon.com/autoscaling/ec2/userguide/using-systems-manager-parameters.html
    "ssm:GetParameters": f"arn:aws:ssm:eu-west-1::{AMI}",
    # https://docs.aws.amazon.com/vpc/latest/privatelink/security_iam_id-based-policy-examples.html
    "route53:AssociateVPCWithHostedZone": "arn:aws:route53:::hostedzone/Z1",
    # https://docs.aws.amazon.com/waf/latest/developerguide/security_iam_service-with-iam.html
    "elasticloadbalancing:CreateWebACLAssociation": f"{BALANCERS}:loadbalancer/app/shop-dev/1",
    "elasticloadbalancing:SetWebAcl": "*",
    # https://docs.aws.amazon.com/kms/latest/developerguide/tagging-keys.html
    "kms:TagResource": f"arn:aws:kms:{HERE}:key/1",
    "kms:CreateKey": "*",
    "kms:EnableKeyRotation": f"arn:aws:kms:{HERE}:key/1",
    "kms:CreateAlias": f"arn:aws:kms:{HERE}:alias/shop-dev-alarms",
    "ecs:ExecuteCommand": f"arn:aws:ecs:{HERE}:task/shop-dev/1",
    "elasticloadbalancing:SetRulePriorities": f"{BALANCERS}:listener-rule/app/shop-dev/1/2/3",
    "ec2:ReplaceRouteTableAssociation": f"arn:aws:ec2:{HERE}:route-table/rtb-1",
    "ecr:UpdatePullThroughCacheRule": "*",
    "logs:AssociateKmsKey": f"arn:aws:logs:{HERE}:log-group:/ecs/shop-dev/exec",
}


@pytest.mark.parametrize("action", ASKED)
def test_apply_may_do_what_aws_asks_besides(github: tftest.TerraformPlanOutput, action: str) -> None:
    """These are calls that no recording contains, and those of updates."""
    assert can(github, "apply", action, ASKED[action])


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("kms:GetKeyPolicy", f"arn:aws:kms:{HERE}:key/1"),
        ("kms:GetKeyRotationStatus", f"arn:aws:kms:{HERE}:key/1"),
        ("kms:ListResourceTags", f"arn:aws:kms:{HERE}:key/1"),
        ("wafv2:GetWebACLForResource", f"{BALANCERS}:loadbalancer/app/shop-dev/1"),
        (
            "elasticloadbalancing:GetLoadBalancerWebACL",
            f"{BALANCERS}:loadbalancer/app/shop-dev/1",
        ),
        ("servicequotas:GetAWSDefaultServiceQuota", "*"),
        ("ecr:DescribeRepositories", f"arn:aws:ecr:{HERE}:repository/*"),
    ],
)
def test_a_plan_reads(github: tftest.TerraformPlanOutput, action: str, resource: str) -> None:
    """It reads the subscriptions of alarms and the web ACL, and what a verification needs."""
    assert can(github, "plan", action, resource)


def test_no_role_reads_secrets(github: tftest.TerraformPlanOutput) -> None:
    """A deployment names secrets; only the tasks read their values."""
    secret = {"secretsmanager:GetSecretValue", "ssm:GetParameter", "ssm:GetParameters", "kms:Decrypt"}
    found = {(action, resource) for _, action, resource in allowed(github) if action in secret}
    # AWS's own public parameters.
    assert found == {
        ("ssm:GetParameters", "arn:aws:ssm:eu-west-1:*:parameter/aws/service/ecs/optimized-ami/*")
    }


def test_the_apply_role_leaves_its_own_rights(github: tftest.TerraformPlanOutput) -> None:
    """It may create and pass the environment's roles, but not change the workflows' own."""
    [denied] = [each for each in policies(github)["limits"] if each["Effect"] == "Deny"]
    assert f"{ROLE}github-*" in denied["Resource"]
    assert {"iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:PassRole", "iam:UpdateAssumeRolePolicy"} <= set(
        denied["Action"]
    )


def test_policies_fit(longest: tftest.TerraformPlanOutput) -> None:
    """AWS allows 6,144 characters a policy, and ten policies a role, also for the longest names."""
    for role in ("plan", "publish", "apply"):
        assert len(of_role(longest, role)) <= 10
    for values in planned(longest, "aws_iam_policy").values():
        assert len(json.dumps(json.loads(values["policy"]), separators=(",", ":"))) <= LONGEST_POLICY
