"""How the app stack defines several containers in a task."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import tftest
import yaml

from tests.terraform.examples import APP, DIGEST, REGISTRY, TOKEN, changed, service
from tests.terraform.roots import Roots, of, only, planned
from tests.terraform.test_roles import allowed, refuse_wildcards, statements

PAGE = Path(__file__).parents[2] / "docs" / "containers.md"
EXAMPLE = re.compile(r"^<!-- example: (\S+) -->\n```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)
OTHER = TOKEN.replace("token", "other")
KEY = "arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d"
SIDECARS = {
    "init": {"command": ["migrate"], "essential": False, "secrets": {"OTHER": OTHER}},
    "memory": {"command": ["cache"], "tmp_mib": 32},
    "proxy": {
        "image": f"{REGISTRY}/proxy@{DIGEST}",
        "port": 9901,
        "user": "1000",
        "cpu": 64,
        "memory": 128,
        "environment": {"LEVEL": "info"},
        "read_only_root": False,
        "depends_on": {"init": "COMPLETE"},
        "health_check": {"command": ["CMD", "check"], "start_period_seconds": 9},
    },
}
WEB = service(
    route={},
    sidecars=SIDECARS,
    depends_on={"init": "SUCCESS", "proxy": "HEALTHY"},
    secrets={"TOKEN": TOKEN},
    ulimits={"nofile": {"soft": 1024, "hard": 4096}},
    architecture="arm64",
    exec=True,
)


@pytest.fixture(scope="module")
def plan(roots: Roots) -> tftest.TerraformPlanOutput:
    """The plan of an app with a service for each example of the page.

    One more, `web`, has two sidecars, ECS Exec and ARM processors.
    """
    text = PAGE.read_text("utf-8").replace("<64 hex digits of the version you have tested>", "0" * 64)
    examples = {
        name: service(route={"paths": [f"/{name}"]}, **yaml.safe_load(block))
        for name, block in EXAMPLE.findall(text)
    }
    exec_logs = {"kms_key_arn": KEY, "retention_days": 90}
    return roots("stacks/app").plan(
        changed(APP, cluster__exec_logs=exec_logs, services={**examples, "web": WEB})
    )


def containers(plan: tftest.TerraformPlanOutput, name: str) -> dict[str, Any]:
    """Return the containers of a service's task by name."""
    definition = of(plan, "aws_ecs_task_definition", name)
    return {container["name"]: container for container in json.loads(definition["container_definitions"])}


def test_sidecar_is_what_it_says(plan: tftest.TerraformPlanOutput) -> None:
    """A sidecar has its own keys, and its share of the common ones."""
    found = containers(plan, "web")
    assert set(found) == {"web", "init", "memory", "proxy"}
    proxy = found["proxy"]
    assert (proxy["image"], proxy["user"], proxy["cpu"], proxy["memory"]) == (
        f"{REGISTRY}/proxy@{DIGEST}",
        "1000",
        64,
        128,
    )
    assert proxy["environment"] == [{"name": "LEVEL", "value": "info"}]
    assert proxy["portMappings"] == [{"containerPort": 9901, "hostPort": 9901, "protocol": "tcp"}]
    assert proxy["essential"] is True
    assert proxy["stopTimeout"] == found["web"]["stopTimeout"]
    assert proxy["logConfiguration"] == found["web"]["logConfiguration"]


def test_sidecar_without_an_image_is_another_command_of_the_services(
    plan: tftest.TerraformPlanOutput,
) -> None:
    """An init container can run the service's own image."""
    found = containers(plan, "web")
    assert found["init"]["image"] == found["web"]["image"]
    assert (found["init"]["command"], found["init"]["essential"]) == (["migrate"], False)


def test_each_container_has_a_temporary_folder(plan: tftest.TerraformPlanOutput) -> None:
    """No container sees another one's files; one may have them in memory, writable for any user."""
    volumes = {volume["name"] for volume in of(plan, "aws_ecs_task_definition", "web")["volume"]}
    found = containers(plan, "web")
    mounted = [mount["sourceVolume"] for each in found.values() for mount in each["mountPoints"]]
    assert sorted(mounted) == sorted(volumes) == ["tmp", "tmp-init", "tmp-proxy"]
    in_memory = {"containerPath": "/tmp", "size": 32, "mountOptions": ["mode=1777"]}
    assert found["memory"]["linuxParameters"] == {"initProcessEnabled": True, "tmpfs": [in_memory]}


def test_order_of_start(plan: tftest.TerraformPlanOutput) -> None:
    """Dependencies between containers use ECS's words."""
    found = containers(plan, "web")
    assert found["web"]["dependsOn"] == [
        {"containerName": "init", "condition": "SUCCESS"},
        {"containerName": "proxy", "condition": "HEALTHY"},
    ]
    assert found["proxy"]["dependsOn"] == [{"containerName": "init", "condition": "COMPLETE"}]
    assert found["proxy"]["healthCheck"] == {
        "command": ["CMD", "check"],
        "interval": 30,
        "timeout": 5,
        "retries": 3,
        "startPeriod": 9,
    }


def test_limits_and_processors(plan: tftest.TerraformPlanOutput) -> None:
    """The limit of open files is as given, and the task runs on its image's architecture."""
    assert containers(plan, "web")["web"]["ulimits"] == [
        {"name": "nofile", "softLimit": 1024, "hardLimit": 4096}
    ]
    [platform] = of(plan, "aws_ecs_task_definition", "web")["runtime_platform"]
    assert platform["cpu_architecture"] == "ARM64"


def test_execution_role_reads_the_secrets_of_all_containers(plan: tftest.TerraformPlanOutput) -> None:
    """It reads the sidecars' secrets as well, and no others; it pulls from the repositories of both."""
    grants = allowed(statements(plan, "web", "start-tasks"))
    assert grants["secretsmanager:GetSecretValue"] == {TOKEN, OTHER}
    assert {arn.rpartition("repository/")[2] for arn in grants["ecr:BatchGetImage"]} == {
        "proxy",
        "shop-dev/recommender",
    }


def test_no_policy_of_a_task_with_sessions_has_a_wildcard(plan: tftest.TerraformPlanOutput) -> None:
    """Only actions that AWS allows on no single resource are allowed on `*`."""
    assert any(one["name"] == "open-sessions" for one in planned(plan, "aws_iam_role_policy").values())
    refuse_wildcards(plan, within='"web"')


def test_exec_opens_sessions_and_keeps_them(plan: tftest.TerraformPlanOutput) -> None:
    """The service allows it, root file systems are writable, and the cluster encrypts and logs sessions."""
    assert of(plan, "aws_ecs_service", "web")["enable_execute_command"] is True
    assert not any(one["readonlyRootFilesystem"] for one in containers(plan, "web").values())
    [configuration] = only(plan, "aws_ecs_cluster")["configuration"]
    [sessions] = configuration["execute_command_configuration"]
    assert (sessions["kms_key_id"], sessions["logging"]) == (KEY, "OVERRIDE")
    [logs] = sessions["log_configuration"]
    assert (logs["cloud_watch_log_group_name"], logs["cloud_watch_encryption_enabled"]) == (
        "/ecs/shop-dev/exec",
        True,
    )
    groups = planned(plan, "aws_cloudwatch_log_group").values()
    assert {(group["name"], group["kms_key_id"], group["retention_in_days"]) for group in groups} >= {
        ("/ecs/shop-dev/exec", KEY, 90)
    }


def test_exec_is_off_unless_asked_for(app: tftest.TerraformPlanOutput) -> None:
    """Without the setting nobody can open a session in a container."""
    assert only(app, "aws_ecs_service")["enable_execute_command"] is False
    assert only(app, "aws_ecs_cluster")["configuration"] == []
    assert not any("open-sessions" in one["name"] for one in planned(app, "aws_iam_role_policy").values())


def test_log_router_gets_the_services_lines(plan: tftest.TerraformPlanOutput) -> None:
    """The service's log driver is FireLens with the page's options; the router itself logs to CloudWatch."""
    found = containers(plan, "log-router")
    assert found["log-router"]["logConfiguration"]["logDriver"] == "awsfirelens"
    assert found["log-router"]["logConfiguration"]["options"]["delivery_stream"] == "shop-logs"
    assert found["router"]["firelensConfiguration"]["type"] == "fluentbit"
    assert found["router"]["logConfiguration"]["logDriver"] == "awslogs"
    # ECS would add this default, and every plan would change it; other containers get no user.
    assert found["router"]["user"] == "0"
    assert "user" not in found["log-router"]
    grants = allowed(statements(plan, "log-router", "policy"))
    assert list(grants) == ["firehose:PutRecordBatch"]


def test_collector_may_die_alone(plan: tftest.TerraformPlanOutput) -> None:
    """Traces matter less than answers: the service starts with the collector and survives its end."""
    found = containers(plan, "traces")
    assert found["collector"]["essential"] is False
    assert found["traces"]["dependsOn"] == [{"containerName": "collector", "condition": "START"}]
    variables = {each["name"]: each["value"] for each in found["traces"]["environment"]}
    assert variables["OTEL_EXPORTER_OTLP_ENDPOINT"].endswith(
        str(found["collector"]["portMappings"][0]["containerPort"])
    )
    assert allowed(statements(plan, "traces", "policy")).keys() == {
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
    }
