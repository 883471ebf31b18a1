"""What goes wrong for one guild, and is told to it: nobody else is held up by it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class TroubleKind(StrEnum):
    """What is wrong."""

    MESSAGE_SET_ASIDE = "message_set_aside"  # one that cannot be judged
    FORBIDDEN = "forbidden"  # to mark messages of a channel
    AUTOMATIC_FORBIDDEN = "automatic_forbidden"  # to do by itself, in a channel, what the guild has agreed to
    AUTOMATIC_FORBIDDEN_ANYWHERE = "automatic_forbidden_anywhere"
    AUTOMATIC_CAPPED = "automatic_capped"  # done so often within an hour that a person is to decide
    VERSION_DAMAGED = "version_damaged"  # the guild's model cannot be loaded; the configured one judges instead


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong in which guild, and where permissions are missing in which channel, by discord.py's names."""

    kind: TroubleKind
    guild_id: int
    channel_id: int | None = None
    permissions: tuple[str, ...] = ()
