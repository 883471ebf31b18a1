"""A version that was exported elsewhere: its weights and vocabulary are taken, its network never, its word bounded.

Imports no training package: what is no version is refused before TensorFlow is loaded for it.
`model.training.import_version` builds the network anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from model.errors import VersionError
from model.versions.archive import unpacked
from model.versions.version import Manifest, read_manifest, read_vocabulary
from model.versions.weights import Weights, read_weights
from model.vocabulary import Vocabulary

_MOST_BYTES = 2**26  # of an archive; those that Jigi exports are below 2 MB
_MOST_CHARACTERS = 11_172 + 51 + 10 + 1  # syllables, jamo, digits and the space: all that `clean` leaves


@dataclass(frozen=True, slots=True)
class ForeignVersion:
    """What is taken of a version from elsewhere."""

    manifest: Manifest
    vocabulary: Vocabulary
    weights: Weights


def read_foreign(archive: Path) -> ForeignVersion:
    """Read the version in an archive.

    Raises:
        VersionError: The archive cannot be read, or holds no such version.
    """
    with unpacked(_read(archive)) as folder:
        manifest, vocabulary = read_manifest(folder).bounded(), read_vocabulary(folder)
        if len(vocabulary.characters) > _MOST_CHARACTERS:
            n_characters = f"{len(vocabulary.characters):,}"
            raise VersionError(f"A model knows at most {_MOST_CHARACTERS:,} characters. Received: {n_characters}")
        return ForeignVersion(manifest, vocabulary, read_weights(folder, len(vocabulary)))


def _read(archive: Path) -> bytes:
    try:
        with archive.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise VersionError(f"{archive} cannot be read: {error.strerror}") from error
    if len(content) > _MOST_BYTES:
        raise VersionError(f"{archive} must not be larger than {_MOST_BYTES:,} bytes, as no exported model is")
    return content
