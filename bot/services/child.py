"""`python -m model …` as a child process: its JSON lines are read as they come, and it never outlives the bot."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import model
from bot.domain.learning.trainings import FailureKind
from model.events import Event, FailedEvent, decode

_log = logging.getLogger(__name__)

_ROOT = Path(model.__file__).parents[1]
_PASSED = {
    "PATH", "HOME", "USER", "LOGNAME", "LANG", "TZ", "TMPDIR", "TEMP", "TMP", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH",
    "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "XDG_CACHE_HOME", "CUDA_VISIBLE_DEVICES", "JIGI_CORPORA", "SYSTEMROOT",
    "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "PROGRAMDATA", "USERPROFILE", "APPDATA", "LOCALAPPDATA",
}  # fmt: skip
_PASSED_PREFIXES = ("LC_", "TF_", "XLA_", "OMP_", "OPENBLAS_", "MKL_", "NUMEXPR_", "KERAS_", "MPL")
_LONGEST_LINE = 2**24  # bytes; the last line names every golden sentence whose verdict changes
_N_LINES_KEPT = 20  # of what it writes to standard error

OnEvent = Callable[[Event], None]


class ChildFailedError(Exception):
    """The child ended without a result. The message is its own last word, for the log; people are told its kind."""

    def __init__(self, reason: str, kind: FailureKind = FailureKind.OTHER) -> None:
        super().__init__(reason)
        self.kind = kind


async def run_model(arguments: Sequence[str], on_event: OnEvent, silence_limit: float) -> None:
    """Run `python -m model` until it ends, and hand over each event it prints. Cancelled, it kills the child.

    `silence_limit` is the time in seconds after which a child that prints nothing counts as hung.

    Raises:
        ChildFailedError: It failed, hung or was killed.
    """
    failures: list[str] = []

    def hear(event: Event) -> None:
        if isinstance(event, FailedEvent):
            failures.append(event.error)
        else:
            on_event(event)

    async with _child(arguments) as child:
        assert child.stdout is not None
        last_words: deque[str] = deque(maxlen=_N_LINES_KEPT)
        listening = asyncio.create_task(_listen(child, last_words))
        try:
            while line := await asyncio.wait_for(child.stdout.readline(), silence_limit):
                _hand_over(line, hear)
        except TimeoutError:
            reason = f"nothing was heard of it for {silence_limit:.0f} s, so it was stopped"
            raise ChildFailedError(reason, FailureKind.SILENT) from None
        await listening
        code = await child.wait()
    if code != 0:
        _log.warning("python -m model %s ended with %d: %s", arguments[0], code, "\n".join(last_words))
        kind = FailureKind.of(failures[-1]) if failures else FailureKind.KILLED if code < 0 else FailureKind.OTHER
        raise ChildFailedError(_reason(code, last_words), kind)


def environment() -> dict[str, str]:
    """Return what a child of ours may know of this process' environment: neither token nor database."""
    environ = {name: value for name, value in os.environ.items() if _is_needed(name)}
    environ["PYTHONPATH"] = os.pathsep.join([str(_ROOT), *filter(None, [environ.get("PYTHONPATH")])])
    return environ | {"PYTHONIOENCODING": "utf-8"}


@asynccontextmanager
async def _child(arguments: Sequence[str]) -> AsyncIterator[Process]:
    """Start the child. It ends when its standard input does, which is when this process dies, however it dies."""
    # TensorFlow's idle threads spin: with one of each a batch costs half the processor's time beside a working bot.
    environ = environment() | {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "model", *arguments, "--stop-with-stdin",
        stdin=PIPE, stdout=PIPE, stderr=PIPE, limit=_LONGEST_LINE, env=environ,
    )  # fmt: skip
    try:
        yield child
    finally:
        if child.returncode is None:
            child.kill()
        await asyncio.shield(child.wait())


def _is_needed(name: str) -> bool:
    """Say whether a training has business with a variable; secrets have many names, so that only known ones pass."""
    return name.upper() in _PASSED or name.upper().startswith(_PASSED_PREFIXES)


async def _listen(child: Process, last_words: deque[str]) -> None:
    assert child.stderr is not None
    async for line in child.stderr:
        last_words.append(line.decode("utf-8", "replace").rstrip())


def _hand_over(line: bytes, on_event: OnEvent) -> None:
    """Hand over an event; a library may print something of its own between."""
    if event := decode(line):
        on_event(event)


def _reason(code: int, last_words: Sequence[str]) -> str:
    if code < 0:
        return f"it was killed by signal {-code}"
    told = [line.removeprefix("error: ") for line in last_words if line.startswith("error: ")]
    return (told or [line for line in last_words if line] or [f"it ended with exit code {code}"])[-1]
