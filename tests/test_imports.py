"""What serving may not import, and what plain values may not."""

import subprocess
import sys

import pytest

from tests.support.paths import ROOT

TRAINING = {"tensorflow", "keras", "pandas", "sklearn", "gensim", "kiwipiepy", "matplotlib", "onnx", "tqdm", "h5py"}
PARTS = {"sqlalchemy", "alembic", "onnxruntime", "discord", "aiohttp"}


def loaded(statement: str, names: set[str]) -> set[str]:
    """Return which of the packages a fresh interpreter has loaded after a statement."""
    program = f"import sys\n{statement}\nprint(*({names!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize(
    "module", ["bot.__main__", "bot.client", "bot.plugin", "bot.console.app", "model.commands.score"]
)
def test_serving_imports_nothing_heavy(module: str) -> None:
    assert loaded(f"import {module}", TRAINING) == set()


def test_lines_are_scored_without_dask() -> None:
    assert loaded("import model.commands.score", {"dask", "distributed", "fsspec", "pyarrow"}) == set()


@pytest.mark.parametrize("module", ["bot.client", "bot.plugin", "bot.console.app"])
def test_who_is_not_watched_needs_no_prometheus(module: str) -> None:
    assert loaded(f"import {module}", {"prometheus_client"}) == set()


def test_a_verdict_needs_no_database_runtime_or_discord() -> None:
    assert loaded("import bot.domain.verdicts", PARTS | TRAINING) == set()


@pytest.mark.parametrize("room", ["bot/domain", "bot/wording", "bot/localisation"])
def test_what_is_decided_and_said_needs_none_either(room: str) -> None:
    paths = [path.relative_to(ROOT).with_suffix("") for path in sorted((ROOT / room).rglob("*.py"))]
    modules = [".".join(path.parts).removesuffix(".__init__") for path in paths]
    assert loaded(f"import {', '.join(modules)}", PARTS | TRAINING) == set()


def test_the_console_needs_no_discord() -> None:
    run = "from bot.__main__ import main\ntry: main(['console', '--help'])\nexcept SystemExit: pass"
    assert loaded(run, {"discord", "aiohttp"}) == set()
    assert loaded("import bot.console.app", {"discord", "aiohttp"}) == set()
