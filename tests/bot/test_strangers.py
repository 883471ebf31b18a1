"""A host that has a `model` or `migrations` of its own hears which folder is in the way."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.paths import ROOT

_LOAD = """
import asyncio, discord
from discord.ext import commands

bot = commands.Bot("?", intents=discord.Intents.none())
try:
    asyncio.run(bot.load_extension("bot.plugin"))
except ImportError as failed:
    print(failed)
"""


def in_host(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python as a host's project does: its own folder first, Jigi installed behind it."""
    environ = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", "PYTHONWARNINGS": "ignore"}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, encoding="utf-8")


@pytest.mark.parametrize("file", ["model/__init__.py", "migrations/__init__.py", "model.py"])
def test_the_plugin_names_the_folder_that_is_in_the_way(tmp_path: Path, file: str) -> None:
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).touch()
    said = in_host(tmp_path, "-c", _LOAD).stdout
    assert f"'{Path(file).parts[0].removesuffix('.py')}'" in said
    assert str(tmp_path) in said
    assert "Please rename that folder" in said


def test_started_beside_another_model_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "__init__.py").touch()
    failed = in_host(tmp_path, "-m", "bot", "--help")
    assert (failed.returncode, "ModuleNotFoundError" in failed.stderr) == (1, False)
    assert str(tmp_path / "model") in failed.stderr


def test_folders_without_code_are_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "0001.sql").touch()
    assert in_host(tmp_path, "-m", "bot", "--help").returncode == 0
