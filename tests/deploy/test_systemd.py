"""The unit starts what is there, as a user of its own, with no more rights than it needs."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.paths import ROOT

UNIT = ROOT / "deploy" / "jigi.service"
_MOST_EXPOSED = "20"  # of 100, as systemd-analyze counts
with_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")


def settings() -> dict[str, list[str]]:
    """Return what each setting is given, in order."""
    found: dict[str, list[str]] = {}
    for line in UNIT.read_text(encoding="utf-8").splitlines():
        if "=" in line and not line.startswith("#"):
            name, value = line.split("=", 1)
            found.setdefault(name, []).append(value)
    return found


def test_it_runs_the_bot_as_a_user_of_its_own_where_it_may_write() -> None:
    unit = settings()
    assert unit["ExecStart"][0].endswith("/.venv/bin/python -m bot")
    assert unit["User"] == ["jigi"]
    assert unit["WorkingDirectory"] == [f"/var/lib/{unit['StateDirectory'][0]}"]
    assert unit["ProtectSystem"] == ["strict"]
    assert "ReadWritePaths" not in unit


def test_it_ends_as_the_bot_wants_to_end() -> None:
    unit = settings()
    assert unit["KillMode"] == ["mixed"]  # the bot is asked; a training's process goes with it
    assert int(unit["TimeoutStopSec"][0]) > 10  # for as long the bot drains (bot.services.pipeline)


def test_no_secret_stands_in_it() -> None:
    unit = settings()
    assert unit["EnvironmentFile"] == ["/etc/jigi/env"]
    assert [value for value in unit["Environment"] if "TOKEN" in value or "PASSWORD" in value] == []


@with_systemd
def test_systemd_understands_it(tmp_path: Path) -> None:
    unit = tmp_path / UNIT.name  # with a program that is here
    unit.write_text(UNIT.read_text(encoding="utf-8").replace("/opt/jigi/.venv/bin/python", sys.executable))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, [line for line in done.stderr.splitlines() if UNIT.name in line]) == (0, [])


@with_systemd
def test_systemd_finds_it_hardened() -> None:
    asked = ["systemd-analyze", "security", "--offline=true", "--no-pager", f"--threshold={_MOST_EXPOSED}", str(UNIT)]
    done = subprocess.run(asked, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout[-300:] + done.stderr
