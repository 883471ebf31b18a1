"""Where the tests of the stores keep their database."""

from pathlib import Path

import pytest

from model.versions.archive import pack


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where a database may be made, in a file whose name has a bit of everything."""
    return tmp_path / "지기 100%.sqlite3"


@pytest.fixture(scope="session")
def content(tiny_model: Path) -> bytes:
    """Return the archive of a real model."""
    return pack(tiny_model)
