"""Wait until the load balancer has made up its mind about a service's targets."""

import time
from collections.abc import Callable

from wrapper.aws.client import Aws, explained

_POLL_SECONDS = 1.0


def settled(aws: Aws, target_group_arn: str, *, seconds: float, progress: Callable[[str], None]) -> str:
    """Wait at most `seconds` for healthy targets and none that is still looked at; return how it stands."""
    deadline = time.monotonic() + seconds
    while True:
        with explained():
            described = aws.elbv2.describe_target_health(TargetGroupArn=target_group_arn)
        states = [
            each.get("TargetHealth", {}).get("State", "") for each in described["TargetHealthDescriptions"]
        ]
        words = ", ".join(f"{states.count(each)} {each}" for each in sorted(set(states))) or "no target"
        if ("healthy" in states and "initial" not in states) or time.monotonic() >= deadline:
            return words
        progress(words)
        time.sleep(_POLL_SECONDS)
