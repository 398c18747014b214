"""Names of what belongs to the account and the region that a request or a thread works for."""

from ministack.core.responses import get_account_id, get_region


def arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{get_region()}:{get_account_id()}:{resource}"
