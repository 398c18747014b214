"""The last log lines of a task's container, from CloudWatch Logs."""

from collections.abc import Sequence

from wrapper.aws.client import Aws

LINES = 20


def last_lines(aws: Aws, *, task_definition_arn: str, container: str, task: str) -> Sequence[str]:
    """Return the last 20 lines, oldest first; none if the container does not log there or never started."""
    group, stream = _stream(aws, task_definition_arn, container, task)
    if not group:
        return ()
    try:
        events = aws.logs.get_log_events(
            logGroupName=group, logStreamName=stream, limit=LINES, startFromHead=False
        )["events"]
    except aws.logs.exceptions.ResourceNotFoundException:
        return ()
    return [event.get("message", "").rstrip("\n") for event in events]


def _stream(aws: Aws, task_definition_arn: str, container: str, task: str) -> tuple[str, str]:
    """Return log group and stream, named by the awslogs driver: `<prefix>/<container>/<task>`."""
    definition = aws.ecs.describe_task_definition(taskDefinition=task_definition_arn)["taskDefinition"]
    for item in definition.get("containerDefinitions", []):
        configuration = item.get("logConfiguration")
        if item.get("name") == container and configuration and configuration["logDriver"] == "awslogs":
            options = configuration.get("options", {})
            prefix = options.get("awslogs-stream-prefix", "")
            return options.get("awslogs-group", ""), f"{prefix}/{container}/{task}"
    return "", ""
