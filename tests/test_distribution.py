"""What is handed out, wheel and sdist, has everything in it and works where no checkout is."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from bot.console import app
from migrations import revisions
from tests.support.paths import ROOT

PACKAGES = ("bot", "model", "migrations")
_SOURCES = (*PACKAGES, "pyproject.toml", "README.md", "LICENSE")


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build both as `make dist` does, the wheel from the sdist, of a copy of the tree; return their folder."""
    source, dist = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("dist")
    for name in _SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, source / name)
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", str(dist), str(source), folder=source)
    return dist


@pytest.fixture(scope="module")
def installed(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel into an environment of its own, beside the packages that it needs; return its programs."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, with_pip=False, symlinks=True)
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    (wheel,) = dist.glob("*.whl")
    pip = sys.executable, "-m", "pip", "--python", str(programs / "python"), "--disable-pip-version-check"
    run(*pip, "install", "--quiet", "--no-deps", "--no-index", str(wheel), folder=folder)
    (site,) = folder.glob("**/site-packages")
    (site / "needed.pth").write_text(f"{sysconfig.get_paths()['purelib']}\n")  # whose own .pth files are not read
    return programs


def run(*arguments: str, folder: Path, **variables: str) -> str:
    """Run a program in a folder that is no checkout, and return what it prints."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "SYSTEMROOT", "TEMP")}
    environ = kept | {"PYTHONIOENCODING": "utf-8"} | variables
    done = subprocess.run(arguments, cwd=folder, env=environ, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    return done.stdout


def files_of(package: str) -> set[str]:
    found = (path for path in (ROOT / package).rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(ROOT).as_posix() for path in found}


def test_every_file_of_the_packages_is_in_both(dist: Path) -> None:
    needed = set().union(*map(files_of, PACKAGES))
    (wheel,), (sdist,) = dist.glob("*.whl"), dist.glob("*.tar.gz")
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    with tarfile.open(sdist) as archive:
        sent = {name.partition("/")[2] for name in archive.getnames()}
    assert packed == needed
    assert needed <= sent
    assert {"LICENSE", "README.md", "pyproject.toml"} <= sent


def test_it_comes_from_where_it_was_installed(installed: Path, tmp_path: Path) -> None:
    program = (
        "import bot, model, migrations; print(*(each.__path__[0] for each in (bot, model, migrations)), sep='\\n')"
    )
    places = run(str(installed / "python"), "-c", program, folder=tmp_path).splitlines()
    assert [Path(place).is_relative_to(installed.parent) for place in places] == [True] * 3


def test_its_console_judges_the_demonstration(installed: Path, tmp_path: Path) -> None:
    demo = shutil.copy(Path(app.__file__).with_name("demo.txt"), tmp_path / "messages.txt")
    out = run(str(installed / "jigi"), "console", str(demo), "--json", folder=tmp_path)
    assert out.count('"negative_probability"') == 60
    assert '"부정"' in out


def test_it_brings_its_migrations_and_can_go_back(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "messages.txt").write_text("배송이 너무 늦고 별로예요\n", encoding="utf-8")
    database = {"DATABASE_URL": "sqlite+aiosqlite:///kept.sqlite3"}
    run(str(installed / "jigi"), "console", "messages.txt", "--keep", folder=tmp_path, **database)
    assert revision_of(tmp_path / "kept.sqlite3") == revisions()[-1]
    run(str(installed / "jigi"), "downgrade-database", folder=tmp_path, **database)
    assert revision_of(tmp_path / "kept.sqlite3") == revisions()[-2]


def revision_of(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(revision)
