"""What a guild has chosen for itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GuildSettings:
    """A guild's own choices; None where it takes what the operator has configured."""

    model_version_id: int | None = None
    threshold: float | None = None  # P(negative) in (0, 1]
