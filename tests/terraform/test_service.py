"""What the app stack creates for one service."""

import json
from typing import Any

import pytest
import tftest

from tests.terraform.examples import DIGEST, KEY, REGISTRY, TOKEN, VARIANTS
from tests.terraform.roots import only, planned


def container(
    plan: tftest.TerraformPlanOutput, name: str = "recommender", *, beside: str | None = None
) -> dict[str, Any]:
    """Return a service's only container; of two, its own or the sidecar."""
    tasks = planned(plan, "aws_ecs_task_definition")
    task = tasks[f'module.ecs_service["{name}"].aws_ecs_task_definition.service']
    definitions = {each["name"]: each for each in json.loads(task["container_definitions"])}
    assert set(definitions) <= {name, "model-files"}
    definition = definitions[beside or name]
    assert isinstance(definition, dict)
    return definition


def test_container_is_written_out_as_aws_returns_it(app: tftest.TerraformPlanOutput) -> None:
    """A default of AWS would be a change in the next plan (the provider drops cpu 0)."""
    assert container(app) == {
        "name": "recommender",
        "image": f"{REGISTRY}/shop-dev/recommender@{DIGEST}",
        "essential": True,
        "environment": [
            {"name": "GREETING", "value": "hello"},
            {"name": "IMAGE_DIGEST", "value": DIGEST},
            {"name": "MODEL_LABEL", "value": "movielens/3f2a"},
            {"name": "MODEL_SHA256", "value": "ab" * 32},
            {"name": "MODEL_URI", "value": "s3://shop-dev-models-123456789012/models/movielens/3f2a"},
            {"name": "PORT", "value": "8000"},
        ],
        "secrets": [],
        "stopTimeout": 20,
        "linuxParameters": {"initProcessEnabled": True},
        "readonlyRootFilesystem": True,
        "mountPoints": [{"sourceVolume": "tmp", "containerPath": "/tmp", "readOnly": False}],
        "volumesFrom": [],
        "portMappings": [{"containerPort": 8000, "hostPort": 8000, "protocol": "tcp"}],
        "systemControls": [],
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": "/ecs/shop-dev/recommender",
                "awslogs-region": "eu-west-1",
                "awslogs-stream-prefix": "task",
                "mode": "non-blocking",
                "max-buffer-size": "25m",
            },
        },
    }


def test_task_is_a_fargate_pair(app: tftest.TerraformPlanOutput) -> None:
    """Size, network mode and family are the environment's; old revisions stay for a rollback."""
    task = only(app, "aws_ecs_task_definition")
    assert (task["family"], task["cpu"], task["memory"]) == ("shop-dev-recommender", "512", "1024")
    assert (task["network_mode"], task["requires_compatibilities"]) == ("awsvpc", ["FARGATE"])
    assert [volume["name"] for volume in task["volume"]] == ["tmp"]
    assert task["skip_destroy"] is True


def test_command_secrets_and_no_model(variants: tftest.TerraformPlanOutput) -> None:
    """A service that is no recommender gets its command and secrets, and no variables of models."""
    definition = container(variants, "other")
    assert definition["command"] == ["serve", "--fast"]
    assert definition["secrets"] == [
        {"name": "KEY", "valueFrom": KEY},
        {"name": "TOKEN", "valueFrom": f"{TOKEN}:key::"},
    ]
    assert [variable["name"] for variable in definition["environment"]] == ["IMAGE_DIGEST", "PORT"]
    assert definition["portMappings"][0]["containerPort"] == 9090


def test_service_rolls_back_by_itself(app: tftest.TerraformPlanOutput) -> None:
    """The circuit breaker rolls back what does not start; Terraform does not wait for it."""
    running = only(app, "aws_ecs_service")
    assert running["name"] == "recommender"
    assert running["deployment_circuit_breaker"] == [{"enable": True, "rollback": True}]
    assert running["wait_for_steady_state"] is False
    assert running["deployment_minimum_healthy_percent"] == 100
    assert running["deployment_maximum_percent"] == 200
    assert running["health_check_grace_period_seconds"] == 30
    assert running["propagate_tags"] == "SERVICE"


@pytest.mark.parametrize(("name", "tasks"), [("new", 2), ("few", 2), ("recommender", 3), ("many", 4)])
def test_desired_count_stays_within_the_bounds(
    app: tftest.TerraformPlanOutput, variants: tftest.TerraformPlanOutput, name: str, tasks: int
) -> None:
    """The running count is an input of the plan, within the limits of autoscaling, as on AWS."""
    services = planned(app, "aws_ecs_service") | planned(variants, "aws_ecs_service")
    assert services[f'module.ecs_service["{name}"].aws_ecs_service.service["blue"]']["desired_count"] == tasks


def test_services_of_different_shapes_stand_side_by_side(variants: tftest.TerraformPlanOutput) -> None:
    """One sets nearly every key, another an image and a host: the rest are the modules' defaults."""
    services = VARIANTS["services"]
    assert services["public"].keys() == {"image", "route"} != services["many"].keys()
    assert len(planned(variants, "aws_ecs_service")) == len(services)
    groups = planned(variants, "aws_lb_target_group")
    [default], [given] = (
        groups[f'module.target_group["{name}"].aws_lb_target_group.tasks']["health_check"]
        for name in ("public", "many")
    )
    assert (default["interval"], default["timeout"]) == (15, 5)
    assert (given["interval"], given["timeout"]) == (5, 2)


def test_target_group_follows_the_environment(app: tftest.TerraformPlanOutput) -> None:
    """Health check, drain and name are the environment's; a change that needs a new group renames it."""
    group = only(app, "aws_lb_target_group")
    [health] = group["health_check"]
    assert {key: health[key] for key in ("path", "matcher", "interval", "timeout")} == {
        "path": "/health",
        "matcher": "200",
        "interval": 5,
        "timeout": 2,
    }
    assert group["deregistration_delay"] == "10"
    assert group["target_type"] == "ip"
    assert group["name"].startswith("shop-dev-recommender-")
    assert len(group["name"]) <= 32


def test_longest_names_fit(variants: tftest.TerraformPlanOutput) -> None:
    """The longest project, environment and service give valid, distinct names."""
    groups = [group["name"] for group in planned(variants, "aws_lb_target_group").values()]
    assert max(map(len, groups)) <= 32
    assert len(set(groups)) == len(groups)
    assert all(len(role["name"]) <= 64 for role in planned(variants, "aws_iam_role").values())


def test_scaling_holds_two_targets(app: tftest.TerraformPlanOutput) -> None:
    """CPU and requests per target are tracked between the limits."""
    target = only(app, "aws_appautoscaling_target")
    assert (target["min_capacity"], target["max_capacity"]) == (2, 4)
    tracked = {}
    for policy in planned(app, "aws_appautoscaling_policy").values():
        [configuration] = policy["target_tracking_scaling_policy_configuration"]
        [metric] = configuration["predefined_metric_specification"]
        tracked[metric["predefined_metric_type"]] = configuration["target_value"]
    assert tracked == {"ECSServiceAverageCPUUtilization": 60, "ALBRequestCountPerTarget": 1000}


def scheduled(plan: tftest.TerraformPlanOutput, service: str) -> dict[str, tuple[str, str, str, str]]:
    """Return time, zone and limits of each of a service's scheduled actions."""
    found = {}
    for action in planned(plan, "aws_appautoscaling_scheduled_action").values():
        owner, _, name = action["name"].rpartition("-")
        if owner.endswith(f"-{service}"):
            [limits] = action["scalable_target_action"]
            bounds = (limits["min_capacity"], limits["max_capacity"])
            found[name] = (action["schedule"], action["timezone"], *bounds)
    return found


def test_schedule_sets_other_bounds(variants: tftest.TerraformPlanOutput) -> None:
    """At its time the schedule's limits apply; the plan's own are those of the file."""
    assert scheduled(variants, "many") == {"evening": ("cron(0 18 ? * MON-FRI *)", "Europe/Berlin", "3", "9")}
    policies = {policy["name"] for policy in planned(variants, "aws_appautoscaling_policy").values()}
    assert f"{'a' * 19}-prod-many-memory" in policies


def test_hours_end_in_no_task(variants: tftest.TerraformPlanOutput) -> None:
    """A service has no task from stop to start, and a plan in that time changes nothing."""
    name = "s" * 20
    assert scheduled(variants, name) == {
        "start": ("cron(0 8 ? * MON,FRI *)", "Europe/Berlin", "2", "4"),
        "stop": ("cron(30 18 ? * MON,FRI *)", "Europe/Berlin", "0", "0"),
    }
    [target] = [
        values
        for address, values in planned(variants, "aws_appautoscaling_target").items()
        if f'"{name}"' in address
    ]
    assert (target["min_capacity"], target["max_capacity"]) == (0, 0)
    services = planned(variants, "aws_ecs_service")
    assert services[f'module.ecs_service["{name}"].aws_ecs_service.service["blue"]']["desired_count"] == 0


def test_null_targets_are_not_tracked(variants: tftest.TerraformPlanOutput) -> None:
    """A policy whose target is null does not exist."""
    names = {policy["name"] for policy in planned(variants, "aws_appautoscaling_policy").values()}
    assert {name for name in names if "-other-" in name} == {f"{'a' * 19}-prod-other-cpu"}


def test_logs_end(app: tftest.TerraformPlanOutput, variants: tftest.TerraformPlanOutput) -> None:
    """Logs have a retention; a destroy deletes them only in a disposable environment."""
    group = only(app, "aws_cloudwatch_log_group")
    assert (group["name"], group["retention_in_days"]) == ("/ecs/shop-dev/recommender", 7)
    assert group["skip_destroy"] is False
    assert all(kept["skip_destroy"] for kept in planned(variants, "aws_cloudwatch_log_group").values())


def test_model_files_are_there_before_the_container_starts(variants: tftest.TerraformPlanOutput) -> None:
    """An init container writes files that the service's can only read; both have the same variables."""
    own, fetcher = container(variants, "filed"), container(variants, "filed", beside="model-files")
    volume = {"sourceVolume": "model-files", "containerPath": "/mnt/models"}
    assert own["dependsOn"] == [{"containerName": "model-files", "condition": "SUCCESS"}]
    assert {**volume, "readOnly": True} in own["mountPoints"]
    assert {**volume, "readOnly": False} in fetcher["mountPoints"]
    assert fetcher["command"] == ["python", "-m", "service.fetch", "/mnt/models"]
    assert (fetcher["image"], fetcher["user"]) == (f"{REGISTRY}/model-files@{DIGEST}", "0")
    assert (fetcher["essential"], fetcher["readonlyRootFilesystem"]) == (False, True)
    told, asked = ({each["name"]: each["value"] for each in one["environment"]} for one in (own, fetcher))
    assert told["MODEL_PATH"] == asked["MODEL_PATH"] == "/mnt/models"
    assert told["MODEL_URI"] == asked["MODEL_URI"]
    assert told["MODEL_SHA256"] == asked["MODEL_SHA256"]
    [task] = [
        values
        for address, values in planned(variants, "aws_ecs_task_definition").items()
        if '"filed"' in address
    ]
    assert {each["name"] for each in task["volume"]} == {"tmp", "tmp-model-files", "model-files"}


def test_follower_is_told_where_the_pointer_is(variants: tftest.TerraformPlanOutput) -> None:
    """It gets the folder above the versions, and no sha256, which the pointer contains."""
    declared = container(variants, "follower")
    variables = {each["name"]: each["value"] for each in declared["environment"]}
    assert variables["MODEL_URI"] == "s3://shop-dev-models-123456789012/models/movielens"
    assert variables["MODEL_MODE"] == "follow"
    assert not {"MODEL_SHA256", "MODEL_LABEL"} & set(variables)
