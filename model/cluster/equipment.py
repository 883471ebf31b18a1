"""What every process of a crew holds ready: classifiers, by the digest of what they are made of."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from model.classifier import Classifier
from model.versions.version import NETWORK, read_manifest, read_vocabulary
from model.vocabulary import Vocabulary

_held: dict[str, Classifier] = {}


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """A model version as it travels: a worker elsewhere need not have its folder."""

    version: str
    threshold: float
    characters: str
    network: bytes

    @classmethod
    def read(cls, folder: Path) -> ModelFiles:
        """Read the version in `folder`.

        Raises:
            VersionError: It is missing or damaged.
        """
        manifest = read_manifest(folder)
        characters = read_vocabulary(folder).characters
        return cls(manifest.version, manifest.threshold, characters, (folder / NETWORK).read_bytes())

    @property
    def digest(self) -> str:
        """What tells it from every other, 32 hexadecimal digits."""
        facts = f"{self.version}\0{self.threshold!r}\0{self.characters}\0".encode()
        return hashlib.blake2b(facts + self.network, digest_size=16).hexdigest()


def remember(model: ModelFiles) -> None:
    """Hold a model ready in this process."""
    if model.digest not in _held:
        vocabulary = Vocabulary(model.characters)
        _held[model.digest] = Classifier(model.version, model.threshold, vocabulary, model.network)


def knows(digest: str) -> bool:
    """Tell whether this process holds a model ready."""
    return digest in _held


def held(digest: str) -> Classifier:
    """Return a model that this process holds ready."""
    return _held[digest]
