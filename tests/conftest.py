"""Fixtures that several test modules share."""

from pathlib import Path

import pytest

from model.classifier import Classifier
from tests.tiny_model import make_keyword_model


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a real model that answers by keywords (see `tests.tiny_model`)."""
    return make_keyword_model(tmp_path_factory.mktemp("model") / "keyword-1")


@pytest.fixture(scope="session")
def classifier(tiny_model: Path) -> Classifier:
    """Return that model, loaded."""
    return Classifier.load(tiny_model)
