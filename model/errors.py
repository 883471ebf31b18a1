"""What can be wrong with what Jigi's model side reads and makes, on one page.

Every message says what was expected, what came, and what to do. `model.example_files.ExamplesError` is one of them,
too; it stands beside the mistakes that it names.
"""

from __future__ import annotations


class JigiModelError(Exception):
    """Whatever is wrong; `python -m model` answers it with one line and exit code 1."""


class VersionError(JigiModelError):
    """A model version is missing, damaged or of another format."""


class WeightsError(VersionError):
    """A version's weights are not those of the book's network."""


class ParityError(JigiModelError):
    """The exported network does not compute what Keras computes; the version is not published."""


class VectorsError(JigiModelError):
    """Word vectors are missing, damaged or of another format."""


class CorpusError(JigiModelError):
    """A corpus file is missing or not of its format."""


class DownloadError(JigiModelError):
    """A corpus cannot be fetched."""


class RecipeError(JigiModelError):
    """There is no recipe of that name."""


class FinetuneError(JigiModelError):
    """There is nothing to learn."""


class NotTextError(JigiModelError):
    """What should be text is none; `is_spreadsheet` says that it is what a spreadsheet saves by itself."""

    def __init__(self, message: str, *, is_spreadsheet: bool = False) -> None:
        super().__init__(message)
        self.is_spreadsheet = is_spreadsheet


class ScoreError(JigiModelError):
    """A file to score cannot be read."""


class ClusterError(JigiModelError):
    """The processes that were to share the work are not there, or cannot do it."""


class CommandError(JigiModelError):
    """What the command line was given does not go together, or names what is not there."""
