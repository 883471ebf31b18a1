"""What Jigi may do by itself where a guild has agreed to it: the acts, and the previews by which it agrees."""

from bot.domain.automatic.acts import (
    CAPS,
    MAX_WORDS,
    MINUTES,
    MOST_AGE,
    Automatic,
    Cap,
    CappedError,
    NotDueError,
    Refusal,
    Thresholds,
    is_too_old,
    planned,
)
from bot.domain.automatic.previews import AGREEMENT_LASTS, FEWEST_MESSAGES, PREVIEW, Example, Preview

__all__ = [
    "AGREEMENT_LASTS",
    "CAPS",
    "FEWEST_MESSAGES",
    "MAX_WORDS",
    "MINUTES",
    "MOST_AGE",
    "PREVIEW",
    "Automatic",
    "Cap",
    "CappedError",
    "Example",
    "NotDueError",
    "Preview",
    "Refusal",
    "Thresholds",
    "is_too_old",
    "planned",
]
