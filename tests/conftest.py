"""Fixtures that several test modules share."""

import os
from pathlib import Path

import pytest

from model.classifier import Classifier
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
