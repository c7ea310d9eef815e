"""Logs as JSON lines on standard error: one event a line, for `jq` and for collectors."""

import json
import logging
import sys
from datetime import UTC, datetime

# What a terminal or a reader of lines takes for a command or for a new line, and JSON does not.
CONTROLS = {code: f"\\u{code:04x}" for code in (*range(0x7F, 0xA0), 0x2028, 0x2029)}
OWN = set(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        extra = {name: value for name, value in record.__dict__.items() if name not in OWN}
        line = {"at": at, "level": record.levelname.lower(), "from": record.name}
        line |= {"event": record.getMessage(), **extra}
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str).translate(CONTROLS)


def to_stderr(level: str = "WARNING") -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
