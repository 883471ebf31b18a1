"""The plain things of a Discord: users, roles, emoji, files, messages. `guilds` holds the rest."""

from __future__ import annotations

import mimetypes
import struct
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

import discord

from .errors import Json

if TYPE_CHECKING:
    from .guilds import Channel

EPHEMERAL = 1 << 6
LOADING = 1 << 7
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


@dataclass(eq=False, slots=True)
class User:
    """An account: a person, a bot, or the name under which a webhook speaks."""

    id: int
    name: str
    is_bot: bool = False
    discriminator: str = "0"
    accepts_direct_messages: bool = True
    has_blocked_bot: bool = False


@dataclass(eq=False, slots=True)
class Role:
    """A role of a guild; the one whose id is the guild's is @everyone."""

    id: int
    name: str
    permissions: discord.Permissions
    position: int = 0
    is_managed: bool = False


@dataclass(frozen=True, slots=True)
class Overwrite:
    """What a channel allows and denies to one role or member."""

    target_id: int
    is_member: bool
    allow: discord.Permissions
    deny: discord.Permissions


@dataclass(frozen=True, slots=True)
class Emoji:
    """A unicode emoji, or with an id a guild's own."""

    name: str
    id: int | None = None

    def __str__(self) -> str:
        return self.name if self.id is None else f"{self.name}:{self.id}"


@dataclass(eq=False, slots=True)
class Reaction:
    """One emoji under a message and the users who chose it."""

    emoji: Emoji
    users: list[User]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that somebody sends."""

    filename: str
    data: bytes
    description: str | None = None


@dataclass(eq=False, slots=True)
class Attachment:
    """A file that the server keeps; `is_embedded` when only an embed of its message shows it."""

    id: int
    filename: str
    data: bytes
    url: str
    description: str | None = None
    is_embedded: bool = False
    is_ephemeral: bool = False

    @property
    def content_type(self) -> str:
        kind = mimetypes.guess_type(self.filename)[0] or "application/octet-stream"
        return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind

    @property
    def dimensions(self) -> tuple[int, int] | None:
        """Return width and height of a PNG picture in pixels, None for any other file."""
        if not self.data.startswith(_PNG_SIGNATURE):
            return None
        width, height = struct.unpack(">II", self.data[16:24])
        return width, height


@dataclass(eq=False, slots=True)
class Message:
    """A message as it stands now; `edits` keeps the body of every edit that changed it."""

    id: int
    channel: Channel = field(repr=False)
    author: User
    content: str = ""
    type: int = 0
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    reactions: list[Reaction] = field(default_factory=list)
    mentions: list[User] = field(default_factory=list)
    role_mentions: list[Role] = field(default_factory=list)
    mentions_everyone: bool = False
    flags: int = 0
    nonce: str | None = None
    reference: Message | None = field(default=None, repr=False)
    thread: Channel | None = field(default=None, repr=False)
    snapshot: Json | None = None  # of the message that this one forwards
    poll: Json | None = None
    webhook_id: int | None = None
    application_id: int | None = None
    interaction: Json | None = None
    invoker: User | None = None
    edited_at: datetime | None = None
    pinned_at: datetime | None = None
    edits: list[Json] = field(default_factory=list, repr=False)
    is_deleted: bool = False

    @property
    def is_ephemeral(self) -> bool:
        """Whether only the invoker of the interaction sees the message."""
        return bool(self.flags & EPHEMERAL)

    @property
    def is_loading(self) -> bool:
        """Whether the message is the place held by a deferred answer ("is thinking…")."""
        return bool(self.flags & LOADING)

    def reaction(self, emoji: Emoji | str) -> Reaction | None:
        """Return the reactions with one emoji, None if there are none."""
        return next((each for each in self.reactions if str(each.emoji) == str(emoji)), None)

    def has_reaction(self, emoji: str, by: User | None = None) -> bool:
        """Tell whether anybody, or `by`, has reacted with the emoji."""
        found = self.reaction(emoji)
        return found is not None and (by is None or by in found.users)

    def file(self, filename: str) -> Attachment:
        """Return the attached file of that name. Raises: LookupError."""
        for attachment in self.attachments:
            if attachment.filename == filename:
                return attachment
        names = [attachment.filename for attachment in self.attachments]
        raise LookupError(f"file must be one of the message's: {names}. Received: {filename!r}")
