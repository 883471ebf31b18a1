"""What reaches the log of a bot of our own: what Jigi says, and of the libraries warnings, each told once."""

from __future__ import annotations

import logging
from time import monotonic

_AGAIN_AFTER = 300.0  # seconds after which a library's warning is told again
_N_REMEMBERED = 500  # different warnings


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


def set_up(level: int) -> None:
    """Show what Jigi says from `level` up, and of the libraries only warnings.

    Below that discord.py would write messages and the tokens of interactions into the log.
    """
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    for ours in ("bot", "model"):
        logging.getLogger(ours).setLevel(level)
    once = OncePerWhile()
    for handler in logging.getLogger().handlers:
        handler.addFilter(lambda record: not record.name.startswith(("discord", "aiohttp")) or once.filter(record))
