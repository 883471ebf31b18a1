"""Webhooks of a channel, which post messages under a name of their own."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from . import messages, payloads
from .entities import Message, Upload, User
from .errors import Json
from .events import Event

if TYPE_CHECKING:
    from .guilds import Channel


@dataclass(eq=False, slots=True)
class Webhook:
    """A webhook; its messages carry its id as their author's and their webhook_id."""

    id: int
    channel: Channel = field(repr=False)
    name: str
    token: str = field(repr=False)

    @classmethod
    def create(cls, channel: Channel, name: str) -> Webhook:
        """Add a webhook to a channel."""
        webhook = cls(channel.server.snowflakes.make(), channel, name, secrets.token_urlsafe(16))
        channel.server.state.webhooks[webhook.id] = webhook
        event = Event("WEBHOOKS_UPDATE", payloads.place(channel), channel.guild)
        channel.server.gateway.dispatch(event)
        return webhook

    def post(self, body: Json, uploads: Sequence[Upload] = (), thread: Channel | None = None) -> Message:
        """Post a message as a webhook's request asks."""
        author = User(self.id, body.get("username") or self.name, is_bot=True, discriminator="0000")
        return messages.post(author, thread or self.channel, body, uploads, webhook_id=self.id)

    async def send(
        self,
        content: str,
        *,
        files: Sequence[Upload] = (),
        embeds: Sequence[Json] = (),
    ) -> Message:
        """Post a message."""
        return self.post({"content": content, "embeds": list(embeds)}, files)
