"""What reaches the log of a bot of our own: what Jigi says, and of the libraries warnings, each told once."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from time import monotonic

from bot.config import LogFormat

_AGAIN_AFTER = 300.0  # seconds after which a library's warning is told again
_N_REMEMBERED = 500  # different warnings
_IDS = ("message_id", "channel_id", "guild_id", "case_number")


class OncePerWhile(logging.Filter):
    """Lets each warning of a library through once in five minutes, in one line.

    In an outage discord.py writes a traceback at every try: hundreds of lines that hide the one that matters.
    """

    def __init__(self, again_after: float = _AGAIN_AFTER) -> None:
        super().__init__()
        self._again_after = again_after
        self._told: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether a record is to be written; a traceback is cut to its last line."""
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            record.msg, record.args = f"{record.getMessage()} ({type(error).__name__}: {error})", None
            record.exc_info = record.exc_text = None
        key = (record.name, str(record.msg)[:40])  # how long it will wait differs from try to try
        is_new = monotonic() - self._told.get(key, -self._again_after) >= self._again_after
        if is_new:
            self._told[key] = monotonic()
            while len(self._told) > _N_REMEMBERED:
                del self._told[next(iter(self._told))]
        return is_new


class JsonLines(logging.Formatter):
    """Writes a record as one JSON object in one line, for programs that collect logs.

    What a record speaks of is given by `extra`, and always as an id: what people write is in no log.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: getattr(record, name) for name in _IDS if hasattr(record, name)}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def set_up(level: int, log_format: LogFormat = LogFormat.TEXT) -> None:
    """Show what Jigi says from `level` up, and of the libraries only warnings.

    Below that discord.py would write messages and the tokens of interactions into the log.
    """
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    for ours in ("bot", "model"):
        logging.getLogger(ours).setLevel(level)
    once = OncePerWhile()
    for handler in logging.getLogger().handlers:
        if log_format is LogFormat.JSON:
            handler.setFormatter(JsonLines())
        handler.addFilter(lambda record: not record.name.startswith(("discord", "aiohttp")) or once.filter(record))
