"""Logging: one JSON object a line on stdout, for CloudWatch Logs Insights and for people with jq."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import TextIO

logger = logging.getLogger("service")


class JsonLines(logging.Formatter):
    """Render time, level, event and the fields of `extra={"fields": {…}}`."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
        }
        line |= getattr(record, "fields", {})
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def configure(stream: TextIO = sys.stdout) -> None:
    """Send the service's lines and the server's warnings to `stream`."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logger.setLevel(logging.INFO)
