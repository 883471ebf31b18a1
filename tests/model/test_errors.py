"""Every error of the model side has one root, so that a command answers each with one line."""

import inspect

import pytest

from model import errors
from model.errors import JigiModelError
from model.example_files import ExamplesError

ERRORS = [*(kind for _, kind in inspect.getmembers(errors, inspect.isclass)), ExamplesError]


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.__name__)
def test_every_error_is_one_of_jigis_model(kind: type[Exception]) -> None:
    assert issubclass(kind, JigiModelError)
    assert kind.__doc__
