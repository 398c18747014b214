"""Existing resources of a company are used, not created; only what is added to them is managed."""

import pytest
import tftest

from tests.sample import ENVIRONMENTS
from tests.terraform.examples import BALANCER, COMMON, FOUNDATION, LISTENER, changed
from tests.terraform.policies import allowed, is_read, policies
from tests.terraform.roots import Roots, planned
from wrapper.environment import load
from wrapper.review import make_review, views
from wrapper.terraform.plan import read_plan

CLUSTER = "arn:aws:ecs:eu-west-1:123456789012:cluster/company"
GROUP = "sg-0123456789abcdef0"


def test_nothing_is_made_of_what_is_there(tenant: tftest.TerraformPlanOutput) -> None:
    """There is no cluster, load balancer, listener, certificate or record, and nothing for them but rules."""
    kinds = ("lb", "lb_listener", "ecs_cluster", "ecs_cluster_capacity_providers", "acm_certificate")
    rest = ("route53_record", "wafv2_web_acl_association", "lb_listener_certificate")
    assert not [kind for kind in (*kinds, *rest) if planned(tenant, f"aws_{kind}")]


def test_a_listener_gets_the_rules_alone(tenant: tftest.TerraformPlanOutput) -> None:
    """Each route is a rule of it, which forwards to a target group of ours in the load balancer's VPC."""
    rules = planned(tenant, "aws_lb_listener_rule").values()
    assert {rule["listener_arn"] for rule in rules} == {LISTENER}
    assert len(rules) == 4
    assert {group["vpc_id"] for group in planned(tenant, "aws_lb_target_group").values()} == {"vpc-01234567"}


def test_a_security_group_gets_a_rule_for_each_service(tenant: tftest.TerraformPlanOutput) -> None:
    """The load balancer may reach the tasks, and the tasks accept only the load balancer."""
    out = planned(tenant, "aws_vpc_security_group_egress_rule")
    added = [name for name, rule in out.items() if rule.get("security_group_id") == GROUP]
    assert len(added) == len(planned(tenant, "aws_ecs_service")) == 3
    letting_in = planned(tenant, "aws_vpc_security_group_ingress_rule").values()
    assert {rule["referenced_security_group_id"] for rule in letting_in} == {GROUP}


def test_tasks_run_in_the_cluster_that_exists(tenant: tftest.TerraformPlanOutput) -> None:
    """Services, schedules, autoscaling and alarms name it."""
    assert {each["cluster"] for each in planned(tenant, "aws_ecs_service").values()} == {CLUSTER}
    targets = planned(tenant, "aws_appautoscaling_target").values()
    assert {each["resource_id"].rpartition("/")[0] for each in targets} == {"service/company"}
    [schedule] = planned(tenant, "aws_scheduler_schedule").values()
    assert schedule["target"][0]["arn"] == CLUSTER
    alarms = planned(tenant, "aws_cloudwatch_metric_alarm").values()
    assert {each["dimensions"].get("ClusterName", "company") for each in alarms} == {"company"}


def test_callers_go_where_the_owner_says(tenant: tftest.TerraformPlanOutput) -> None:
    """Scheme, host and port are given by the owner; the load balancer's name is read from its ARN."""
    url = "https://company.example.com:8443"
    assert tenant.outputs["url"] == url
    assert tenant.outputs["alb"] == {
        "arn": BALANCER,
        "name": "company",
        "dns_name": "company.example.com:8443",
    }
    assert tenant.output_changes["services"]["after"]["rest"]["path_url"] == url


def test_its_review_says_what_it_uses(tenant: tftest.TerraformPlanOutput) -> None:
    """It is drawn and priced without a load balancer or a cluster, and gives the reason."""
    overrides = (
        f"alb.existing={{load_balancer_arn: '{BALANCER}', listener_arn: b, security_group_id: c, url: d}}",
        "cluster={existing: {cluster_name: company}}",
    )
    environment = load("dev", directory=ENVIRONMENTS, overrides=overrides)
    review = make_review([read_plan(tenant._raw, stack="app")], environment=environment)
    used = "Used as it is, neither changed nor in any price: load balancer company, security group c, "
    assert used + "cluster company." in review.notes
    for page in (views.html(review), views.markdown(review), views.text(review)):
        assert used in page
    assert review.cost is not None
    assert not [line.address for line in review.cost.lines if "aws_lb." in line.address]


@pytest.fixture(scope="module")
def rich(roots: Roots) -> tftest.TerraformPlanOutput:
    """The plan of a foundation with an existing bucket and one existing repository of two."""
    return roots("stacks/foundation").plan(
        changed(
            FOUNDATION,
            models={"existing": {"bucket": "company-models"}},
            services__search={"existing": {"repository_name": "company/search"}},
        )
    )


def test_only_what_is_missing_is_made(rich: tftest.TerraformPlanOutput) -> None:
    """It creates the missing repository, but no bucket and no bucket policy."""
    assert [each["name"] for each in planned(rich, "aws_ecr_repository").values()] == ["shop-dev/recommender"]
    assert len(planned(rich, "aws_ecr_lifecycle_policy")) == 1
    assert not [each for each in rich.resource_changes if ".aws_s3_" in each]


def test_what_is_there_is_put_out_like_what_is_made(rich: tftest.TerraformPlanOutput) -> None:
    """ARN and URL are computed from account, region and name."""
    assert rich.outputs["model_bucket"] == {"arn": "arn:aws:s3:::company-models", "name": "company-models"}
    assert rich.output_changes["repositories"]["after"]["search"] == {
        "arn": "arn:aws:ecr:eu-west-1:123456789012:repository/company/search",
        "name": "company/search",
        "url": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/company/search",
    }


@pytest.fixture(scope="module")
def guests(roots: Roots) -> tftest.TerraformPlanOutput:
    """The plan of GitHub's roles if all of it exists."""
    existing = {
        "bucket": "company-models",
        "cluster_name": "company",
        "listener_arn": LISTENER,
        "repository_names": ["company/search"],
    }
    values = {"github": {"repository": "example/shop"}, "existing": existing}
    return roots("stacks/github").plan({**COMMON, **values})


def test_workflows_reach_what_exists_step_by_step(guests: tftest.TerraformPlanOutput) -> None:
    """A plan reads, a merge pushes images and models, an apply adds services and rules; nothing more."""
    given: dict[str, set[str]] = {"plan": set(), "publish": set(), "apply": set()}
    for policy, action, resource in allowed(guests):
        if policy.startswith("existing-"):
            assert "company" in resource
            assert "*" not in action
            given[policy.removeprefix("existing-")].add(action)
    assert all(is_read(action) for action in given["plan"])
    assert {action for action in given["publish"] - given["plan"] if not is_read(action)} == {
        "ecr:BatchCheckLayerAvailability",
        "ecr:CompleteLayerUpload",
        "ecr:InitiateLayerUpload",
        "ecr:PutImage",
        "ecr:UploadLayerPart",
        "s3:AbortMultipartUpload",
        "s3:PutObject",
    }
    changes = {action.partition(":")[2] for action in given["apply"] - given["publish"]}
    assert {verb for verb in changes if verb.startswith(("Create", "Delete", "Put"))} == {
        *("CreateRule", "CreateService", "DeleteRule", "DeleteService"),
        *("DeleteAlarms", "PutMetricAlarm"),  # of target tracking
    }


def test_services_and_rules_of_its_owner_are_told_by_tags(guests: tftest.TerraformPlanOutput) -> None:
    """Resources with the tags of another environment or project may not be changed."""
    statements = {each["Sid"]: each for each in policies(guests)["existing-apply"]}
    ours = {"aws:ResourceTag/project": "shop", "aws:ResourceTag/environment": "dev"}
    for sid in ("ChangeOwnServices", "ChangeOwnRules"):
        assert statements[sid]["Condition"] == {"StringEqualsIfExists": ours}
