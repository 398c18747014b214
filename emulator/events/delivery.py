"""Start tasks for a rule or a schedule, with retries; a start that fails becomes a dead letter."""

import json
import logging
import threading
import time
from collections.abc import Mapping
from typing import Any

from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import ecs, sqs

from emulator import roles

Target = Mapping[str, Any]
_LONGEST_PAUSE_SECONDS = 60.0
_DEFAULT_ATTEMPTS = 185
_DEFAULT_AGE_SECONDS = 86_400
_log = logging.getLogger("sandbox.events")


def deliver(target: Target, *, source_arn: str, started_by: str, overrides: str | None, event: str) -> None:
    """Start the target's tasks, in a thread of its own.

    `overrides` is the target's input, a TaskOverride as JSON; `event` is the content of a dead letter.
    """
    account, region = get_account_id(), get_region()

    def work() -> None:
        with request_scope(account, region):
            refusal, attempts, condition = _try(target, overrides, started_by)
            if refusal:
                _log.warning("%s: not started after %d attempts: %s", source_arn, attempts, refusal)
                _bury(target, source_arn, event, refusal, attempts, condition)

    threading.Thread(target=work, daemon=True, name=f"start for {started_by}").start()


def _try(target: Target, overrides: str | None, started_by: str) -> tuple[str, int, str]:
    """Return the last refusal ("" for a success), the number of retries, and which limit ended them."""
    policy = target.get("RetryPolicy") or {}
    most = int(policy.get("MaximumRetryAttempts", _DEFAULT_ATTEMPTS))
    deadline = time.monotonic() + float(policy.get("MaximumEventAgeInSeconds", _DEFAULT_AGE_SECONDS))
    attempt = 0
    while refusal := _refusal(target, overrides, started_by):
        pause = min(2.0**attempt, _LONGEST_PAUSE_SECONDS)
        if attempt >= most:
            return refusal, attempt, "MaximumRetryAttempts"
        if time.monotonic() + pause > deadline:
            return refusal, attempt, "MaximumEventAgeInSeconds"
        time.sleep(pause)
        attempt += 1
    return "", attempt, ""


def _refusal(target: Target, overrides: str | None, started_by: str) -> str:
    """Run the tasks; return ECS's refusal, "" if it has started them."""
    cluster = target["Arn"]
    if cluster not in {each["clusterArn"] for each in ecs._clusters.values()}:
        return "ClusterNotFoundException: Cluster not found."
    wanted = _lower(target.get("EcsParameters") or {})
    try:
        wanted["overrides"] = json.loads(overrides) if overrides else {}
    except ValueError as error:
        return f"InvalidParameterException: the overrides are no JSON: {error}"
    definition = wanted.pop("taskDefinitionArn", "")
    count = int(wanted.pop("taskCount", None) or 1)
    roles.trigger_starts(
        target.get("RoleArn", ""),
        cluster=cluster,
        definition=definition,
        parameters=target.get("EcsParameters") or {},
    )
    wanted |= {"cluster": cluster, "taskDefinition": definition, "count": count, "startedBy": started_by}
    wanted["group"] = f"family:{definition.rpartition('/')[2].partition(':')[0]}"
    status, _, body = ecs._run_task(wanted)
    if status == 200:
        return ""
    told = json.loads(body)
    return f"{told.get('__type', '')}: {told.get('message', '')}"


def _lower(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Convert EventBridge's `NetworkConfiguration` to ECS's `networkConfiguration`, at each depth."""
    return {
        name[:1].lower() + name[1:]: _lower(value) if isinstance(value, Mapping) else value
        for name, value in parameters.items()
    }


def _bury(target: Target, source_arn: str, event: str, refusal: str, attempts: int, condition: str) -> None:
    """Send the event of a failed start to the target's dead-letter queue, if it has one."""
    queue = sqs._queue_by_arn((target.get("DeadLetterConfig") or {}).get("Arn", ""))
    if queue is None:
        return
    roles.trigger_buries(target, source=source_arn)
    code, _, message = refusal.partition(": ")
    source = "RULE_ARN" if ":rule/" in source_arn else "SCHEDULE_ARN"
    attributes = {
        "ERROR_CODE": code,
        "ERROR_MESSAGE": message,
        "EXHAUSTED_RETRY_CONDITION": condition,
        "RETRY_ATTEMPTS": str(attempts),
        source: source_arn,
        "TARGET_ARN": target["Arn"],
    }
    sqs._act_send_message(
        {
            "QueueUrl": queue["url"],
            "MessageBody": event,
            "MessageAttributes": {
                name: {"DataType": "String", "StringValue": value or "-"}
                for name, value in attributes.items()
            },
        },
        queue["url"],
    )
