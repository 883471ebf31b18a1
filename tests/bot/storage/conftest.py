"""What the tests of the stores work with."""

from pathlib import Path

import pytest

from model.versions.archive import pack


@pytest.fixture(scope="session")
def content(tiny_model: Path) -> bytes:
    """Return the archive of a real model."""
    return pack(tiny_model)
