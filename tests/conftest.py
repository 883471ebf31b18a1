"""Fixtures that several test modules share."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from model.classifier import Classifier
from tests.support import postgresql
from tests.support.tiny_model import make_keyword_model

# TensorFlow's idle threads spin, which costs the tests beside it more than they gain.
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a real model that answers by keywords (see `tests.support.tiny_model`)."""
    return make_keyword_model(tmp_path_factory.mktemp("model") / "keyword-1")


@pytest.fixture(scope="session")
def classifier(tiny_model: Path) -> Classifier:
    """Return that model, loaded."""
    return Classifier.load(tiny_model)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Have what asks for a database tested on each that there is, but for what is marked `sqlite`."""
    if "suffix" in metafunc.fixturenames:
        is_limited = metafunc.definition.get_closest_marker("sqlite") is not None
        metafunc.parametrize("suffix", [".sqlite3"] if is_limited else [".sqlite3", postgresql.SUFFIX])


@pytest.fixture(scope="session")
def running_server() -> Iterator[postgresql.Server]:
    """Start PostgreSQL, for all tests of this process."""
    folder = postgresql.programs()
    if folder is None:
        pytest.skip("PostgreSQL 15 or newer is not installed (Debian: apt-get install postgresql)")
    server = postgresql.Server(folder)
    yield server
    server.close()


@pytest.fixture
def server(running_server: postgresql.Server) -> Iterator[postgresql.Server]:
    """Return PostgreSQL's server; the databases of the test are dropped after it."""
    yield running_server
    running_server.forget()


@pytest.fixture
def path(request: pytest.FixtureRequest, tmp_path: Path, suffix: str) -> Path:
    """Return where a database may be made, in a file whose name has a bit of everything, or on a server."""
    found = tmp_path / f"지기 100%{suffix}"
    if suffix == postgresql.SUFFIX:
        request.getfixturevalue("server").make(found)
    return found
