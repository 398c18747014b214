"""One sentence of advice for frequent reasons. The first line that matches is used."""

import re
from collections.abc import Iterable

# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
_KNOWN = (
    (
        r"(cannotpull|ResourceInitializationError).*(timeout|i/o|deadline|dial|reset|connect)",
        "the task does not reach the registry: check network.egress, and the VPC endpoints if there are",
    ),
    (
        r"cannotpull|manifest unknown|pull image manifest|image.*(not found|does not exist)",
        "check that the image exists under this digest and that the execution role may pull it",
    ),
    (
        r"secret|ssm:|ResourceInitializationError.*parameter",
        "check that each ARN under secrets exists and that the execution role may read it",
    ),
    (
        r"log group|CreateLogStream|awslogs",
        "check that the log group exists and that the execution role may write to it",
    ),
    (r"OutOfMemory", "the container used more than its memory: raise size.memory"),
    (
        r"exit code 137",
        "the container was killed: raise size.memory, or rollout.stop_timeout_seconds if it was to stop",
    ),
    (
        r"port is taken",
        "something else in the task has this port: give each of its containers another, and start one server "
        'in each; in a sandbox whose processes share this machine\'s network, listen on "$HOST"',
    ),
    (
        r"essential sidecar",
        "the sidecar ended and took the task with it: its log says why; essential: false lets it end",
    ),
    (
        r"exit code 139",
        "the process crashed in native code: check that the image is built for the service's architecture",
    ),
    (
        r"exec format error",
        "the image is built for other processors: compare it with the service's architecture",
    ),
    (r"exit code 12[67]|executable file not found", "the command does not exist in the image: check command"),
    (r"exit code 0\b", "the process ended by itself: a service must keep running"),
    (r"exit code \d+", "the process ended with an error: its last log lines say why"),
    (
        r"Target\.ResponseCodeMismatch|failed with these codes",
        "the task answers, but not as health.status says: ask health.path yourself, or read its log",
    ),
    (
        r"Target\.Timeout|reason Request timed out",
        "the health check got no answer in health.timeout_seconds: the task is too slow or not reachable",
    ),
    (
        r"Target\.FailedHealthChecks|connection refused|health checks? failed|failed (ELB )?health check",
        "nothing answered on the port in time: the process must listen on 0.0.0.0 and on the service's port; "
        "if it only starts slowly, raise health.grace_seconds",
    ),
    (
        r"unable to place|capacity|quota|limit exceeded",
        "AWS has no room for the task now: check quotas and zones, or repeat later",
    ),
    (
        r"subnet.*(free|available|insufficient).*address|insufficient.*\bip\b",
        "the subnets are full: widen network.cidr",
    ),
    (
        r"not registered in the target group",
        "somebody deregistered the tasks, and they could not be registered again: see the target group",
    ),
    (r"wants .* instead of", "compare with who else deploys to this environment, then apply again"),
    (
        r"0/\d+ running",
        "no task came up before the deadline: raise rollout.deadline_seconds if its start takes that long",
    ),
    (
        r"deadline",
        "if the start takes longer than this, raise rollout.deadline_seconds and health.grace_seconds",
    ),
)


# The messages of libc and of Node, and the error numbers of Linux, macOS and Windows.
_PORT_TAKEN = re.compile(r"address (is )?already in use|EADDRINUSE|errno (98|48|10048)\b", re.IGNORECASE)


def port_taken(log: Iterable[str]) -> str:
    """Return evidence of a port that is in use, "" without: only the program's own log shows it."""
    return "the port is taken" if any(_PORT_TAKEN.search(line) for line in log) else ""


def advise(evidence: str) -> str | None:
    """Return what to do about the evidence, all texts of a failure in one; None for an unknown one."""
    return next((advice for pattern, advice in _KNOWN if re.search(pattern, evidence, re.IGNORECASE)), None)
