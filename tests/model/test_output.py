"""No character ends a program, whatever its output can hold."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.support.paths import ROOT

COMMANDS = [
    ["model", "--help"], ["model", "similar", "배송"], ["model", "similar", "배송", "--json"],
    ["model", "similar", "없는말임"], ["bot", "--help"], ["bot", "dance"], ["bot", "console", "--help"],
]  # fmt: skip


def run(command: list[str], **environ: str) -> subprocess.CompletedProcess[bytes]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run(
        [sys.executable, "-m", *command], capture_output=True, cwd=ROOT, env=kept | {"PYTHONUTF8": "0"} | environ
    )


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_command_ends_in_a_traceback(command: list[str], encoding: str) -> None:
    done = run(command, PYTHONIOENCODING=encoding)
    assert b"Traceback" not in done.stderr
    assert done.stdout + done.stderr
    assert done.returncode in (0, 1, 2)


def test_into_a_file_hangul_goes_as_utf_8_where_nobody_chose_otherwise() -> None:
    done = run(["bot", "--help"], LC_ALL="C", PYTHONCOERCECLOCALE="0")
    assert "디스코드" in done.stdout.decode("utf-8")
