"""What the tests of the services work with."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.storage.database import Database
from model.classifier import Classifier
from model.versions.archive import pack
from tests.support.gated import GatedClassifier
from tests.support.store import open_store


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    """Open a database that does not wait long for others."""
    async with open_store(path, timeout="0.05") as database:
        yield database


@pytest.fixture
def gated(classifier: Classifier) -> GatedClassifier:
    """Return the tiny model behind a gate."""
    return GatedClassifier(classifier)


@pytest.fixture(scope="session")
def content(tiny_model: Path) -> bytes:
    """Return the archive of a real model."""
    return pack(tiny_model)
