"""Interactions: what people start by commands and components, and what they see of the answer."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from . import payloads
from .entities import Attachment, Message
from .errors import Json
from .limits import MAX_FILE_BYTES
from .permissions import permissions_of

if TYPE_CHECKING:
    from .guilds import Channel
    from .members import Member
    from .server import DiscordServer

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL_SUBMIT = 2, 3, 4, 5
MESSAGE, DEFER, DEFER_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9
Until = Literal["acknowledged", "shown"]


@dataclass(eq=False, slots=True)
class Interaction:
    """One interaction and all that the bot has answered to it."""

    server: DiscordServer = field(repr=False)
    id: int
    kind: int
    member: Member
    channel: Channel
    data: Json
    locale: str
    message: Message | None = field(repr=False)
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    started: float = field(default_factory=time.monotonic, repr=False)
    response: int | None = None
    original: Message | None = None
    followups: list[Message] = field(default_factory=list)
    choices: list[Json] = field(default_factory=list)
    modal: Json | None = None

    @property
    def age(self) -> float:
        """Return the seconds since the start."""
        return time.monotonic() - self.started

    @property
    def is_shown(self) -> bool:
        """Whether the person sees an answer, not just "is thinking…"."""
        return self.response is not None and not (self.original is not None and self.original.is_loading)

    @property
    def metadata(self) -> Json:
        """Return what the messages of the answer say about their interaction."""
        user = payloads.user(self.member.user)
        return {"id": str(self.id), "type": self.kind, "user": user, "authorizing_integration_owners": {}}

    async def answer(self, until: Until, within: float) -> Answer:
        """Wait for the bot's answer. Raises: TimeoutError."""
        is_done = {"acknowledged": lambda: self.response is not None, "shown": lambda: self.is_shown}[until]
        name = self.data.get("name") or self.data.get("custom_id")
        what = f"the answer to interaction {name!r}, {until}"
        await self.server.wait_for(is_done, timeout=within, what=what)
        return Answer(self)

    def to_json(self) -> Json:
        """Return the payload of INTERACTION_CREATE."""
        channel_permissions = str(permissions_of(self.member.user, self.channel).value)
        body: Json = {
            "id": str(self.id),
            "application_id": str(self.server.application_id),
            "type": self.kind,
            "token": self.token,
            "version": 1,
            "data": self.data,
            "channel": {**payloads.channel(self.channel), "permissions": channel_permissions},
            "channel_id": str(self.channel.id),
            "locale": self.locale,
            "app_permissions": str(permissions_of(self.server.bot_user, self.channel).value),
            "attachment_size_limit": MAX_FILE_BYTES,
            "entitlements": [],
        }
        if self.message is not None:
            body["message"] = payloads.message(self.message)
        return body | self._origin(channel_permissions)

    def _origin(self, channel_permissions: str) -> Json:
        guild = self.channel.guild
        if guild is None:
            owners = {"0": "0"}
            return {
                "user": payloads.user(self.member.user),
                "context": 1,
                "authorizing_integration_owners": owners,
            }
        return {
            "guild_id": str(guild.id),
            "guild": {"id": str(guild.id), "features": [], "locale": guild.locale},
            "guild_locale": guild.locale,
            "member": {**payloads.member(self.member), "permissions": channel_permissions},
            "context": 0,
            "authorizing_integration_owners": {"0": str(guild.id)},
        }


class Answer:
    """What a person sees of the bot's answer; it changes as the bot edits it."""

    def __init__(self, interaction: Interaction) -> None:
        self.interaction = interaction

    @property
    def message(self) -> Message:
        """Return the message that answers, or that the pressed component sits on if the bot updated it."""
        if self.interaction.original is None:
            response = self.interaction.response
            raise LookupError(f"answer must have a message. Received: response type {response}")
        return self.interaction.original

    @property
    def content(self) -> str:
        return self.message.content

    @property
    def embeds(self) -> list[Json]:
        return self.message.embeds

    @property
    def components(self) -> list[Json]:
        return self.message.components

    @property
    def files(self) -> list[Attachment]:
        return self.message.attachments

    @property
    def edits(self) -> list[Json]:
        """Return the bodies of the edits, without the one that filled in a deferred answer."""
        return self.message.edits

    @property
    def is_ephemeral(self) -> bool:
        return self.message.is_ephemeral

    @property
    def was_deferred(self) -> bool:
        """Whether the bot first said that it is thinking, or that an update will follow."""
        return self.interaction.response in (DEFER, DEFER_UPDATE)

    @property
    def followups(self) -> list[Message]:
        return self.interaction.followups

    @property
    def modal(self) -> Json:
        """Return the modal that the bot opened."""
        if self.interaction.modal is None:
            raise LookupError(f"answer must be a modal. Received: response type {self.interaction.response}")
        return self.interaction.modal

    @property
    def choices(self) -> list[Json]:
        return self.interaction.choices
