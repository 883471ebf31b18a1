"""What people call versions. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

CONFIGURED = 0  # the number that stands for the model the operator has configured
_NAMES_OF_CONFIGURED = {"0", "v0", "기본", "default", "shipped", "configured"}
_NUMBER = re.compile("v?([0-9]{1,6})")


def read_version(text: str) -> int:
    """Return the number of a version: 3, v3; 0 for the configured model (기본, default).

    Raises:
        UnknownVersionError: It is no version's name.
    """
    name = text.strip().lower()
    if name in _NAMES_OF_CONFIGURED:
        return CONFIGURED
    if not (number := _NUMBER.fullmatch(name)) or int(number[1]) == 0:
        raise UnknownVersionError(text)
    return int(number[1])


_MOST_TO_SHOW = 2**63  # an imported manifest may say anything
_LONGEST_NAME = 60


class VersionOrigin(StrEnum):
    """Where a version came from."""

    TRAINED = "trained"
    IMPORTED = "imported"


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A version to publish. `parent_id` is None where it was trained from the configured model, `parent_name`."""

    guild_id: int
    parent_id: int | None
    parent_name: str
    origin: VersionOrigin
    threshold: float  # P(negative) in (0, 1]
    manifest: Mapping[str, Any]
    content: bytes
    is_forced: bool
    created_by: int


@dataclass(frozen=True, slots=True)
class Version:
    """A published version, without its content."""

    id: int
    guild_id: int
    number: int
    parent_id: int | None
    parent_name: str
    origin: VersionOrigin
    threshold: float
    manifest: dict[str, Any]
    is_forced: bool
    created_by: int
    created_at: datetime

    @property
    def name(self) -> str:
        """What verdicts call it."""
        return f"v{self.number}"

    @property
    def n_examples(self) -> int:
        """How many examples it was taught, as far as its manifest can be believed."""
        found = self._provenance.get("n_examples")
        return found if isinstance(found, int) and 0 <= found <= _MOST_TO_SHOW else 0

    @property
    def seed(self) -> str:
        """The seed it was trained with, as far as its manifest can be believed."""
        found = self._provenance.get("seed")
        return str(found) if isinstance(found, int) and abs(found) <= _MOST_TO_SHOW else "?"

    @property
    def recipe(self) -> str:
        """The name of the recipe it was trained by, as far as its manifest can be believed."""
        recipe = self._provenance.get("recipe")
        name = recipe.get("name") if isinstance(recipe, dict) else None
        return name[:_LONGEST_NAME] if isinstance(name, str) and name else "?"

    @property
    def _provenance(self) -> dict[str, Any]:
        found = self.manifest.get("provenance")
        return found if isinstance(found, dict) else {}


class UnknownVersionError(LookupError):
    """The guild has no such version, or it was deleted to make room for newer ones."""
