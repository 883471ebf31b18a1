"""Where the tests of the stores keep their database."""

from pathlib import Path

import pytest


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where a database may be made, in a file whose name has a bit of everything."""
    return tmp_path / "지기 100%.sqlite3"
