"""On which capacity the app stack runs tasks."""

import base64
import json

import pytest
import tftest

from tests.terraform.examples import APP, changed, service
from tests.terraform.roots import Roots, of, only, planned
from tests.terraform.test_roles import WITHOUT_RESOURCE, allowed

GROUP = {"instance_type": "g5.xlarge", "gpu": True, "min": 1, "max": 3, "disk_gib": 100}
VALUES = changed(
    APP,
    network__egress="endpoints",
    cluster__ec2={"gpu": GROUP},
    services={
        "spot": service(
            route={},
            capacity={"fargate": {"weight": 1, "base": 2}, "fargate_spot": {"weight": 3}},
            size__ephemeral_storage_gib=50,
        ),
        "gpu": service(
            capacity={"ec2": "gpu"},
            size={"cpu": 3000, "memory": 14000, "gpus": 1},
            ulimits={"memlock": {"soft": 1, "hard": 1}},
        ),
    },
)


@pytest.fixture(scope="module")
def plan(roots: Roots) -> tftest.TerraformPlanOutput:
    """The plan of an app with a service on both kinds of Fargate, and one on instances with GPUs."""
    return roots("stacks/app").plan(VALUES)


def strategy(plan: tftest.TerraformPlanOutput, name: str) -> dict[str, tuple[int, int]]:
    """Return weight and base by capacity provider."""
    shares = of(plan, "aws_ecs_service", name)["capacity_provider_strategy"]
    return {each["capacity_provider"]: (each["weight"], each["base"]) for each in shares}


def test_spot_takes_what_is_beyond_the_base(plan: tftest.TerraformPlanOutput) -> None:
    """The first two tasks are on demand, of the others three in four are on Spot; the disk is larger."""
    assert strategy(plan, "spot") == {"FARGATE": (1, 2), "FARGATE_SPOT": (3, 0)}
    [disk] = of(plan, "aws_ecs_task_definition", "spot")["ephemeral_storage"]
    assert disk["size_in_gib"] == 50


def test_nothing_given_is_fargate(app: tftest.TerraformPlanOutput) -> None:
    """The default is on demand, without instances, with the disk that costs nothing."""
    assert strategy(app, "recommender") == {"FARGATE": (1, 0)}
    assert only(app, "aws_ecs_task_definition")["ephemeral_storage"] == []
    assert not planned(app, "aws_autoscaling_group")


def test_a_change_of_capacity_is_no_new_service(app: tftest.TerraformPlanOutput) -> None:
    """Without `force_new_deployment` the provider would destroy the service and create it again."""
    assert only(app, "aws_ecs_service")["force_new_deployment"] is True


def test_service_on_instances_has_any_size_and_gpus(plan: tftest.TerraformPlanOutput) -> None:
    """Neither Fargate's sizes nor its only ulimit apply to it."""
    assert strategy(plan, "gpu") == {"shop-dev-gpu": (1, 0)}
    task = of(plan, "aws_ecs_task_definition", "gpu")
    assert (task["requires_compatibilities"], task["cpu"], task["memory"]) == (["EC2"], "3000", "14000")
    [container] = json.loads(task["container_definitions"])
    assert container["resourceRequirements"] == [{"type": "GPU", "value": "1"}]
    assert container["ulimits"][0]["name"] == "memlock"


def test_instances_are_locked_down(plan: tftest.TerraformPlanOutput) -> None:
    """The AMI is resolved at launch, metadata requires a token, the disk is encrypted, no port is open."""
    template = only(plan, "aws_launch_template")
    assert template["image_id"] == (
        "resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/gpu/recommended/image_id"
    )
    assert template["instance_type"] == "g5.xlarge"
    [metadata] = template["metadata_options"]
    assert (metadata["http_tokens"], metadata["http_put_response_hop_limit"]) == ("required", 1)
    [disk] = template["block_device_mappings"]
    assert (disk["ebs"][0]["encrypted"], disk["ebs"][0]["volume_size"]) == ("true", 100)
    settings = base64.b64decode(template["user_data"]).decode()
    assert "\nECS_CLUSTER=shop-dev\n" in settings
    assert "\nECS_ENABLE_GPU_SUPPORT=true\n" in settings
    ingress = planned(plan, "aws_vpc_security_group_ingress_rule")
    assert not [address for address in ingress if "ec2_capacity" in address]


def test_ecs_scales_and_drains_the_group(plan: tftest.TerraformPlanOutput) -> None:
    """The group has limits but no size of its own; the cluster names its capacity provider."""
    group = only(plan, "aws_autoscaling_group")
    assert (group["min_size"], group["max_size"], group.get("desired_capacity")) == (1, 3, None)
    [provider] = only(plan, "aws_ecs_capacity_provider")["auto_scaling_group_provider"]
    assert provider["managed_draining"] == "ENABLED"
    assert provider["managed_scaling"][0]["status"] == "ENABLED"
    assert set(only(plan, "aws_ecs_cluster_capacity_providers")["capacity_providers"]) == {
        "FARGATE",
        "FARGATE_SPOT",
        "shop-dev-gpu",
    }


def test_instances_may_join_their_cluster_and_nothing_else(plan: tftest.TerraformPlanOutput) -> None:
    """The agent has only ECS permissions, on this cluster unless AWS allows the action only on `*`."""
    [policy] = [one for one in planned(plan, "aws_iam_role_policy").values() if one["name"] == "join-cluster"]
    for action, resources in allowed(json.loads(policy["policy"])["Statement"]).items():
        assert action.startswith("ecs:")
        assert action in WITHOUT_RESOURCE or all("/shop-dev" in resource for resource in resources)


def test_instances_reach_ecs_without_the_internet(plan: tftest.TerraformPlanOutput) -> None:
    """The agent calls three ECS APIs, for which there are endpoints."""
    names = {each["service_name"] for each in planned(plan, "aws_vpc_endpoint").values()}
    assert {f"com.amazonaws.eu-west-1.{one}" for one in ("ecs", "ecs-agent", "ecs-telemetry")} <= names
