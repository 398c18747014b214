"""What time it is on AWS: this machine's clock may be wrong."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

# The header Date has whole seconds, and an answer takes a while to come.
_SAME = timedelta(seconds=3)


def _local() -> datetime:
    return datetime.now(UTC)


class Clock:
    """AWS's time, by this machine's clock and by how far that differs from the newest answer.

    Before the first answer it is this machine's, and so it is while they differ by no more than seconds.
    """

    def __init__(self, local: Callable[[], datetime] = _local) -> None:
        self._local = local
        self._ahead = timedelta()
        self.has_heard = False

    def hear(self, answer: Mapping[str, Any]) -> None:
        self.has_heard = True
        if sent := _sent_at(answer):
            ahead = sent - self._local()
            self._ahead = ahead if abs(ahead) > _SAME else timedelta()

    def now(self) -> datetime:
        return self._local() + self._ahead


def _sent_at(answer: Mapping[str, Any]) -> datetime | None:
    sent = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    return parsedate_to_datetime(sent) if sent else None
