"""What time it is on AWS: this machine's clock may be wrong."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any


def answered_at(answer: Mapping[str, Any]) -> datetime:
    """Return when AWS sent an answer, by its header Date, to the second; without one, this machine's time."""
    sent = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    return parsedate_to_datetime(sent) if sent else datetime.now(UTC)
