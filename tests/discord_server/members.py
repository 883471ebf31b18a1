"""Members of a guild, and all that a test lets them do: talk, react, use commands, press buttons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from . import commanding, messages, payloads, reactions
from .entities import Message, Role, Upload, User
from .errors import Json
from .events import Event
from .floods import Flood
from .permissions import require

if TYPE_CHECKING:
    from .guilds import Channel, Guild
    from .interactions import Answer
    from .server import DiscordServer

Until = commanding.Until


@dataclass(eq=False, slots=True)
class Member:
    """A person or bot in a guild. What their permissions do not cover raises DiscordError, as in REST."""

    user: User
    guild: Guild = field(repr=False)
    joined_at: datetime
    roles: list[Role] = field(default_factory=list, repr=False)
    nick: str | None = None
    timed_out_until: datetime | None = None

    @property
    def id(self) -> int:
        return self.user.id

    @property
    def server(self) -> DiscordServer:
        return self.guild.server

    @property
    def direct_messages(self) -> Channel:
        """Return the channel of direct messages between this member and the bot."""
        return self.server.state.direct_messages(self.user)

    @property
    def top_position(self) -> int:
        """Return the position of the highest role; 0 is @everyone's."""
        return max((role.position for role in self.roles), default=0)

    @property
    def is_timed_out(self) -> bool:
        """Whether a moderator keeps the member from talking for a while."""
        return self.timed_out_until is not None and self.timed_out_until > datetime.now(UTC)

    async def send(
        self,
        channel: Channel,
        content: str = "",
        *,
        reply_to: Message | None = None,
        files: Sequence[Upload] = (),
        embeds: Sequence[Json] = (),
        sent_at: datetime | None = None,
    ) -> Message:
        """Post a message, backdated to `sent_at` if it is given."""
        body: Json = {"content": content, "embeds": list(embeds)}
        if reply_to is not None:
            body["message_reference"] = {"message_id": reply_to.id, "channel_id": reply_to.channel.id}
        return messages.send(self.user, channel, body, files, sent_at=sent_at)

    async def forward(self, message: Message, channel: Channel) -> Message:
        """Forward a message into another channel, or the same."""
        return messages.forward(self.user, message, channel)

    async def ask(
        self, channel: Channel, question: str, answers: Sequence[str], *, expiry: datetime | None = None
    ) -> Message:
        """Post a poll; without `expiry` it never ends, which Discord writes as null."""
        return messages.send(self.user, channel, {"poll": payloads.poll(question, answers, expiry)})

    async def paste(self, channel: Channel, content: str) -> Message:
        """Post a text as the client does: what is too long for a message goes as the file message.txt."""
        if len(content) <= messages.LONGEST_CONTENT:
            return await self.send(channel, content)
        return await self.send(channel, files=[Upload("message.txt", content.encode())])

    async def flood(
        self, channels: Sequence[Channel], contents: Sequence[str], *, per_second: float | None = None
    ) -> list[Message]:
        """Post very many plain messages in the channels in turn; return them in order once all are sent."""
        flood = Flood(self, channels, contents)
        await flood.send(per_second=per_second)
        return flood.messages

    async def edit(self, message: Message, content: str) -> None:
        """Change the text of an own message."""
        messages.edit(self.user, message, {"content": content})

    async def delete(self, *doomed: Message) -> None:
        """Delete an own message, or others' with MANAGE_MESSAGES; several are deleted in bulk."""
        messages.delete(self.user, list(doomed))

    async def react(self, message: Message, emoji: str) -> None:
        """Add a reaction: a unicode emoji or ``name:id``."""
        reactions.add(self.user, message, emoji)

    async def unreact(self, message: Message, emoji: str, *, of: User | None = None) -> None:
        """Take back a reaction, or with MANAGE_MESSAGES that `of` somebody else."""
        reactions.remove(self.user, message, emoji, of or self.user)

    async def type_in(self, channel: Channel) -> None:
        """Show "is typing…" in the channel."""
        require(self.user, channel, "send_messages")
        payload = payloads.typing(channel, self.user)
        self.server.gateway.dispatch(Event("TYPING_START", payload, channel.guild, channel))

    async def use_slash(
        self,
        channel: Channel,
        name: str,
        /,
        *,
        locale: str = "ko",
        until: Until = "shown",
        within: float = 5.0,
        **options: Any,
    ) -> Answer:
        """Use a slash command ("settings threshold" is a subcommand) and return the bot's answer.

        Waits until a deferred answer is filled in; with ``until="acknowledged"`` only for the first response.
        Options are given as themselves: text, numbers, Member, Channel, Role, Upload.
        Raises: LookupError (no such command), PermissionError (not for this member here), ValueError (options
        that Discord would not accept), TimeoutError.
        """
        interaction = commanding.slash(self, channel, name, options, locale)
        return await interaction.answer(until, within)

    async def use_context_menu(
        self,
        channel: Channel,
        name: str,
        target: Message | Member,
        *,
        locale: str = "ko",
        until: Until = "shown",
        within: float = 5.0,
    ) -> Answer:
        """Choose an entry from the context menu of a message or member. Raises as `use_slash`."""
        interaction = commanding.context_menu(self, channel, name, target, locale)
        return await interaction.answer(until, within)

    async def autocomplete(
        self,
        channel: Channel,
        name: str,
        /,
        *,
        option: str,
        value: str,
        locale: str = "ko",
        within: float = 5.0,
        **others: Any,
    ) -> list[Json]:
        """Type into an option and return the choices offered, each ``{"name", "value"}``."""
        interaction = commanding.autocomplete(self, channel, name, option, value, others, locale)
        return (await interaction.answer("acknowledged", within)).choices

    async def click(
        self,
        message: Message,
        *,
        custom_id: str | None = None,
        label: str | None = None,
        locale: str = "ko",
        until: Until = "shown",
        within: float = 5.0,
    ) -> Answer:
        """Press the button with this custom_id or label.

        Raises: LookupError, PermissionError, TimeoutError.
        """
        interaction = commanding.click(self, message, custom_id, label, locale)
        return await interaction.answer(until, within)

    async def select(
        self,
        message: Message,
        values: Sequence[str | Member | Role | Channel],
        *,
        custom_id: str | None = None,
        locale: str = "ko",
        until: Until = "shown",
        within: float = 5.0,
    ) -> Answer:
        """Choose from a select menu, the only one unless custom_id names it.

        Raises: LookupError, PermissionError, ValueError (not what the menu offers), TimeoutError.
        """
        interaction = commanding.select(self, message, values, custom_id, locale)
        return await interaction.answer(until, within)

    async def submit_modal(
        self,
        answer: Answer,
        values: Mapping[str, str | Sequence[str]],
        *,
        locale: str = "ko",
        until: Until = "shown",
        within: float = 5.0,
    ) -> Answer:
        """Fill in the modal that an answer opened, by custom_id or label, and submit it.

        What is left out keeps the value it was opened with. Raises: LookupError, ValueError, TimeoutError.
        """
        interaction = commanding.submit_modal(self, answer, values, locale)
        return await interaction.answer(until, within)

    def add_roles(self, *roles: Role) -> None:
        """Give the member roles."""
        self.roles.extend(role for role in roles if role not in self.roles)
        self.announce()

    def remove_roles(self, *roles: Role) -> None:
        """Take roles from the member."""
        self.roles = [role for role in self.roles if role not in roles]
        self.announce()

    def leave(self) -> None:
        """Leave the guild."""
        del self.guild.members[self.id]
        payload = {"guild_id": str(self.guild.id), "user": payloads.user(self.user)}
        self.server.gateway.dispatch(Event("GUILD_MEMBER_REMOVE", payload, self.guild))

    def announce(self) -> None:
        """Tell the bot how the member is now."""
        event = Event(
            "GUILD_MEMBER_UPDATE",
            payloads.member_event(self),
            self.guild,
            is_about_bot=self.user is self.server.bot_user,
        )
        self.server.gateway.dispatch(event)
