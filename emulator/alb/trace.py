"""The header X-Amzn-Trace-Id, by which logs of load balancers and targets identify a request.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-request-tracing.html
"""

import secrets
import time

HEADER = "x-amzn-trace-id"


def traced(came: str | None, now: float | None = None) -> str:
    """Return the header for the target: a new Root, or a new Self before the client's header `came`."""
    own = f"1-{int(time.time() if now is None else now):08x}-{secrets.token_hex(12)}"
    if not came:
        return f"Root={own}"
    has_root = any(field.strip().startswith("Root=") for field in came.split(";"))
    return f"{'Self' if has_root else 'Root'}={own};{came}"
