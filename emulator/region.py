"""ARNs in the account and the region of the current request or thread."""

from ministack.core.responses import get_account_id, get_region


def arn(service: str, resource: str) -> str:
    """Return the ARN of a resource, which is the part after the account."""
    return f"arn:aws:{service}:{get_region()}:{get_account_id()}:{resource}"
