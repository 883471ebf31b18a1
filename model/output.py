"""What every command line needs of its output: no character ends a program, whatever a terminal or file can hold."""

from __future__ import annotations

import io
import os
import sys


def write_anything() -> None:
    """Let standard output take every character.

    Into a file or pipe UTF-8 is written, where the system would choose a code page without Hangul and nobody has chosen
    it by PYTHONIOENCODING; otherwise what cannot be shown becomes a question mark.
    """
    for stream in (sys.stdout, sys.stderr):
        if not isinstance(stream, io.TextIOWrapper):
            continue
        is_chosen = stream.isatty() or "PYTHONIOENCODING" in os.environ
        if is_chosen or _has_hangul(stream.encoding):
            stream.reconfigure(errors="replace")
        else:
            stream.reconfigure(encoding="utf-8", errors="replace")


def _has_hangul(encoding: str) -> bool:
    try:
        "가".encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True
