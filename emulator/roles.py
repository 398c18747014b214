"""Record the actions that AWS does with the roles of services. The emulator does the same without requests.

Each function names the page that lists the required actions. For log groups, these pages allow the resource
log-group:NAME:*, and AWS's refusals name log-group:NAME:log-stream:.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from ministack.services import autoscaling, ec2, ecs, iam, secretsmanager

from emulator.patching import wrap
from emulator.recording import RECORDING
from emulator.region import arn
from emulator.replies import Response

Record = Mapping[str, Any]
_TASKS = "ecs-tasks.amazonaws.com"
_IMAGE = re.compile(r"(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com/([^:@]+)")


def record_all() -> None:
    """Patch ministack so that actions by roles are recorded from now on."""

    def start(original: Callable[..., None], task: Record, definition: Record, *rest: Any) -> None:
        task_is_started(task, definition)
        original(task, definition, *rest)

    def execute(original: Callable[..., Response], data: Record) -> Response:
        answer = original(data)
        if answer[0] == 200:
            session_is_opened(data)
        return answer

    def deliver(original: Callable[..., Response], params: Record) -> Response:
        if role := ec2._p(params, "DeliverLogsPermissionArn"):
            flows_are_logged(role, ec2._p(params, "LogDestination"))
        return original(params)

    def use(original: Callable[..., Response], data: Record) -> Response:
        answer = original(data)
        for name in data.get("capacityProviders", []):
            instances_join(data.get("cluster", "default"), name)
        return answer

    wrap(ecs, "_start_task_worker", start)
    wrap(ecs, "_execute_command", execute)
    wrap(ecs, "_put_cluster_capacity_providers", use)
    wrap(ec2, "_create_flow_logs", deliver)


def task_is_started(task: Record, definition: Record) -> None:
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html"""
    role = definition.get("executionRoleArn", "")
    for container in definition.get("containerDefinitions", []):
        if image := _IMAGE.match(container.get("image", "")):
            account, region, name = image.groups()
            RECORDING.action(role, "ecr:GetAuthorizationToken", "*")
            for action in ("BatchCheckLayerAvailability", "BatchGetImage", "GetDownloadUrlForLayer"):
                RECORDING.action(role, f"ecr:{action}", f"arn:aws:ecr:{region}:{account}:repository/{name}")
        logging = container.get("logConfiguration") or {}
        options = logging.get("options") or {}
        if logging.get("logDriver") == "awslogs" and (group := options.get("awslogs-group")):
            task_id = task["taskArn"].rpartition("/")[2]
            stream = f"{options.get('awslogs-stream-prefix', 'task')}/{container['name']}/{task_id}"
            for action in ("CreateLogStream", "PutLogEvents"):
                place = arn("logs", f"log-group:{group}:log-stream:{stream}")
                RECORDING.action(role, f"logs:{action}", place)
        secrets = [*container.get("secrets", []), *logging.get("secretOptions", [])]
        for place in [*(secret["valueFrom"] for secret in secrets), *_registry_secret(container)]:
            _secret_is_read(role, place)


def trigger_starts(role: str, *, cluster: str, definition: str, parameters: Record) -> None:
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/CWE_IAM_role.html"""
    RECORDING.action(role, "ecs:RunTask", definition, ecs__cluster=cluster)
    if parameters.get("PropagateTags") or parameters.get("Tags") or parameters.get("EnableECSManagedTags"):
        tasks = arn("ecs", f"task/{cluster.rpartition('/')[2]}/*")
        RECORDING.action(role, "ecs:TagResource", tasks, ecs__CreateAction="RunTask")
    described = ecs._task_defs.get(ecs._resolve_td_key(definition)) or {}
    for passed in filter(None, (described.get("executionRoleArn"), described.get("taskRoleArn"))):
        RECORDING.action(role, "iam:PassRole", passed, iam__PassedToService=_TASKS)


def trigger_buries(target: Record, *, source: str) -> None:
    """Record a dead letter: the Scheduler sends it with its role, EventBridge by the queue's policy.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
    """
    queue = (target.get("DeadLetterConfig") or {}).get("Arn", "")
    if ":rule/" in source:
        RECORDING.action("events.amazonaws.com", "sqs:SendMessage", queue, aws__SourceArn=source)
    else:
        RECORDING.action(target.get("RoleArn", ""), "sqs:SendMessage", queue)


def session_is_opened(data: Record) -> None:
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html"""
    cluster = ecs._resolve_cluster_name(data.get("cluster", "default"))
    task = ecs._resolve_task(data["task"], cluster)
    role = ecs._task_defs[ecs._resolve_td_key(task["taskDefinitionArn"])].get("taskRoleArn", "")
    for kind in ("Control", "Data"):
        RECORDING.action(role, f"ssmmessages:Create{kind}Channel", "*")
        RECORDING.action(role, f"ssmmessages:Open{kind}Channel", "*")
    configured = (ecs._clusters[cluster].get("configuration") or {}).get("executeCommandConfiguration") or {}
    if key := configured.get("kmsKeyId"):
        RECORDING.action(role, "kms:Decrypt", key)
    if group := (configured.get("logConfiguration") or {}).get("cloudWatchLogGroupName"):
        RECORDING.action(role, "logs:DescribeLogGroups", "*")
        streams = arn("logs", f"log-group:{group}:log-stream:{task['taskArn'].rpartition('/')[2]}")
        for action in ("CreateLogStream", "PutLogEvents"):
            RECORDING.action(role, f"logs:{action}", streams)
        RECORDING.action(role, "logs:DescribeLogStreams", arn("logs", f"log-group:{group}:log-stream:"))


def flows_are_logged(role: str, group_arn: str) -> None:
    """https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html"""
    group = group_arn.removesuffix(":*")
    RECORDING.action(role, "logs:DescribeLogGroups", "*")
    RECORDING.action(role, "logs:DescribeLogStreams", f"{group}:log-stream:")
    for action in ("CreateLogStream", "PutLogEvents"):
        RECORDING.action(role, f"logs:{action}", f"{group}:log-stream:eni-0123456789abcdef0-all")


def instances_join(cluster: str, provider: str) -> None:
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/instance_IAM_role.html"""
    cluster = ecs._resolve_cluster_name(cluster)
    role = _instance_role(provider)
    RECORDING.action(role, "ecs:DiscoverPollEndpoint", "*")
    for action in (
        "DeregisterContainerInstance",
        "RegisterContainerInstance",
        "SubmitAttachmentStateChanges",
        "SubmitContainerStateChange",
        "SubmitTaskStateChange",
    ):
        RECORDING.action(role, f"ecs:{action}", arn("ecs", f"cluster/{cluster}"))
    for action in ("Poll", "StartTelemetrySession", "UpdateContainerInstancesState"):
        instance = arn("ecs", f"container-instance/{cluster}/0123456789abcdef0123456789abcdef")
        RECORDING.action(role, f"ecs:{action}", instance, ecs__cluster=arn("ecs", f"cluster/{cluster}"))


def _secret_is_read(role: str, place: str) -> None:
    """Record the read of a variable's value: a secret by its ARN, possibly with a key, or a parameter."""
    if ":secretsmanager:" in place:
        secret = ":".join(place.split(":")[:7])
        RECORDING.action(role, "secretsmanager:GetSecretValue", secret)
        _, record = secretsmanager._resolve(secret, use_arn_scope=True)
        if key := (record or {}).get("KmsKeyId"):
            RECORDING.action(role, "kms:Decrypt", key)
    else:
        parameter = place if place.startswith("arn:") else arn("ssm", f"parameter/{place.lstrip('/')}")
        RECORDING.action(role, "ssm:GetParameters", parameter)


def _registry_secret(container: Record) -> list[str]:
    credentials = container.get("repositoryCredentials") or {}
    return [credentials["credentialsParameter"]] if credentials.get("credentialsParameter") else []


def _instance_role(provider: str) -> str:
    """Return the role of a capacity provider's instances; "" for Fargate's."""
    record = ecs._capacity_providers.get(provider) or {}
    group_arn = (record.get("autoScalingGroupProvider") or {}).get("autoScalingGroupArn", "")
    group = autoscaling._asgs.get(group_arn.rpartition("/")[2]) or {}
    template = ec2._launch_templates.get((group.get("LaunchTemplate") or {}).get("LaunchTemplateId", ""))
    for version in (template or {}).get("Versions", []):
        profile = version["LaunchTemplateData"].get("IamInstanceProfile") or {}
        name = profile.get("Name") or profile.get("Arn", "").rpartition("/")[2]
        for role in (iam._instance_profiles.get(name) or {}).get("Roles", []):
            return str(role)
    return ""
