"""Guilds and channels, and what a test sets up in them. Every change is announced to the bot."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import discord

from . import payloads, threads
from .entities import Emoji, Message, Overwrite, Role, Upload, User
from .events import Event, guild_create
from .histories import History
from .members import Member
from .permissions import BOT_INVITE, EVERYONE
from .webhooks import Webhook

if TYPE_CHECKING:
    from .server import DiscordServer

TEXT, DM, VOICE, CATEGORY, PUBLIC_THREAD, PRIVATE_THREAD, FORUM = 0, 1, 2, 4, 11, 12, 15
THREADS = {10, PUBLIC_THREAD, PRIVATE_THREAD}


@dataclass(eq=False, slots=True)
class Channel:
    """A text channel, forum, category, thread or direct-message channel, told apart by `type`."""

    server: DiscordServer = field(repr=False)
    id: int
    name: str
    type: int = TEXT
    guild: Guild | None = field(default=None, repr=False)
    parent: Channel | None = field(default=None, repr=False)
    topic: str | None = None
    position: int = 0
    slowmode_seconds: int = 0
    overwrites: dict[int, Overwrite] = field(default_factory=dict, repr=False)
    recipients: list[User] = field(default_factory=list, repr=False)
    messages: History = field(default_factory=History, repr=False)
    nonces: dict[tuple[int, str], tuple[float, Message]] = field(default_factory=dict, repr=False)
    owner: User | None = None
    is_archived: bool = False
    is_locked: bool = False
    auto_archive_minutes: int = 1440
    thread_members: list[User] = field(default_factory=list, repr=False)

    @property
    def is_thread(self) -> bool:
        return self.type in THREADS

    @property
    def holds_messages(self) -> bool:
        return self.type not in (CATEGORY, FORUM)

    @property
    def history(self) -> list[Message]:
        """Return the messages that everybody sees, oldest first."""
        return list(self.messages.ordered())

    @property
    def pins(self) -> list[Message]:
        """Return the pinned messages, last pinned first."""
        pinned = [(m.pinned_at, m.id, m) for m in self.messages.values() if m.pinned_at is not None]
        return [message for _, _, message in sorted(pinned, reverse=True, key=lambda each: each[:2])]

    def set_permissions(self, target: Member | Role, **values: bool | None) -> None:
        """Allow (True), deny (False) or leave to the roles (None) permissions of a role or member."""
        allow, deny = discord.PermissionOverwrite(**values).pair()
        is_member = isinstance(target, Member)
        self.overwrites[target.id] = Overwrite(target.id, is_member, allow, deny)
        self.announce("CHANNEL_UPDATE")

    def add_thread(
        self,
        name: str,
        *,
        author: Member | None = None,
        message: Message | None = None,
        content: str = "",
        files: tuple[Upload, ...] = (),
    ) -> Channel:
        """Open a thread, from a message if one is given; a post in a forum needs content."""
        if self.guild is None:
            raise ValueError("channel must belong to a guild. Received: a direct-message channel")
        opener = (author or self.guild.owner).user
        body = {"name": name}
        return threads.start(opener, self, body, message, {"content": content} if content else None, files)

    def add_webhook(self, name: str) -> Webhook:
        """Create a webhook that can post here under its own name."""
        return Webhook.create(self, name)

    def delete(self) -> None:
        """Delete the channel with its threads and messages, of which Discord says nothing.

        The channels of a category lose their parent and stay.
        """
        orphans = [each for each in self.server.state.channels.values() if each.parent is self and not each.is_thread]
        for orphan in orphans:
            orphan.parent = None
            orphan.announce("CHANNEL_UPDATE")
        self.server.state.forget_channel(self)
        if self.is_thread:
            self.server.gateway.dispatch(Event("THREAD_DELETE", payloads.deleted_thread(self), self.guild, self))
        else:
            self.announce("CHANNEL_DELETE")

    def archive(self, *, is_locked: bool = False) -> None:
        """Archive a thread; a message opens it again unless it is locked too."""
        self.is_archived, self.is_locked = True, is_locked
        self.announce("THREAD_UPDATE")

    def rename(self, name: str) -> None:
        """Give the channel another name, which is the title of a forum's post."""
        self.name = name
        self.announce("THREAD_UPDATE" if self.is_thread else "CHANNEL_UPDATE")

    def announce(self, name: str) -> None:
        """Tell the bot what happened to the channel."""
        visible_in = self if self.is_thread else None
        self.server.gateway.dispatch(Event(name, payloads.channel(self), self.guild, visible_in))


@dataclass(eq=False, slots=True)
class Guild:
    """A guild of which the bot is a member."""

    server: DiscordServer = field(repr=False)
    id: int
    name: str
    locale: str = "ko"
    roles: dict[int, Role] = field(default_factory=dict, repr=False)
    members: dict[int, Member] = field(default_factory=dict, repr=False)
    channels: dict[int, Channel] = field(default_factory=dict, repr=False)
    emojis: dict[int, Emoji] = field(default_factory=dict, repr=False)
    banned: list[User] = field(default_factory=list, repr=False)
    owner_id: int = 0
    is_unavailable: bool = False  # an outage: READY names the guild, and nothing is heard of it

    @classmethod
    def create(
        cls,
        server: DiscordServer,
        name: str,
        bot_permissions: discord.Permissions,
        locale: str,
    ) -> Guild:
        """Make a guild with an owner and the bot in it. `DiscordServer.add_guild` also announces it."""
        guild = cls(server, server.snowflakes.make(), name, locale)
        guild.roles[guild.id] = Role(guild.id, "@everyone", EVERYONE)
        guild.owner_id = guild._join(server.state.add_user("주인")).id
        bot = guild._join(server.bot_user)
        role = guild._new_role(server.bot_user.name, bot_permissions)
        role.is_managed = True
        bot.roles.append(role)
        return guild

    @property
    def owner(self) -> Member:
        """Return the owner, who may do everything."""
        return self.members[self.owner_id]

    @property
    def bot(self) -> Member:
        """Return the bot's own member."""
        return self.members[self.server.bot_user.id]

    @property
    def everyone(self) -> Role:
        return self.roles[self.id]

    @property
    def threads(self) -> list[Channel]:
        """Return the threads that are not archived."""
        return [c for c in self.channels.values() if c.is_thread and not c.is_archived]

    def add_text_channel(
        self,
        name: str,
        *,
        parent: Channel | None = None,
        topic: str | None = None,
    ) -> Channel:
        """Create a text channel that everybody sees."""
        return self.add_channel(TEXT, name, parent=parent, topic=topic)

    def add_forum(self, name: str) -> Channel:
        """Create a forum, whose posts are threads."""
        return self.add_channel(FORUM, name)

    def add_category(self, name: str) -> Channel:
        """Create a category that channels can have as their parent."""
        return self.add_channel(CATEGORY, name)

    def add_channel(
        self,
        kind: int,
        name: str,
        *,
        parent: Channel | None = None,
        topic: str | None = None,
    ) -> Channel:
        """Create a channel of Discord's numbered type."""
        channel = self.new_channel(self.server.snowflakes.make(), kind, name)
        channel.parent, channel.topic = parent, topic
        channel.announce("CHANNEL_CREATE")
        return channel

    def new_channel(self, channel_id: int, kind: int, name: str) -> Channel:
        """Store a channel or thread without telling the bot."""
        channel = Channel(self.server, channel_id, name, kind, self, position=len(self.channels))
        self.server.state.channels[channel.id] = self.channels[channel.id] = channel
        return channel

    def add_role(
        self, name: str, permissions: discord.Permissions | None = None, *, position: int | None = None
    ) -> Role:
        """Create a role, above all others unless a position is given."""
        role = self._new_role(name, permissions or discord.Permissions.none(), position)
        self._announce("GUILD_ROLE_CREATE", role=payloads.role(role))
        return role

    def add_member(
        self,
        name: str,
        *,
        permissions: discord.Permissions | None = None,
        roles: tuple[Role, ...] = (),
        user: User | None = None,
        is_bot: bool = False,
        joined_at: datetime | None = None,
    ) -> Member:
        """Let a person (or another bot) join; permissions are granted by a role made for them.

        `user` lets somebody join who is already in another guild.
        """
        member = self._join(user or self.server.state.add_user(name, is_bot=is_bot))
        member.joined_at = joined_at or member.joined_at
        member.roles.extend(roles)
        if permissions is not None:
            # Beneath the bot's own role, so that the bot outranks whom it moderates.
            member.roles.append(self.add_role(f"{name}의 역할", permissions, position=0))
        self.server.gateway.dispatch(Event("GUILD_MEMBER_ADD", payloads.member_event(member), self))
        return member

    def add_emoji(self, name: str) -> Emoji:
        """Create an emoji of the guild's own; react with `str(emoji)`."""
        emoji = Emoji(name, self.server.snowflakes.make())
        self.emojis[emoji.id or 0] = emoji
        self._announce("GUILD_EMOJIS_UPDATE", emojis=[payloads.emoji(each) for each in self.emojis.values()])
        return emoji

    def remove_bot(self) -> None:
        """Remove the bot, as a kick of it does; the guild is deleted from its view."""
        self._announce("GUILD_DELETE", id=str(self.id))
        del self.members[self.server.bot_user.id]

    def become_unavailable(self) -> None:
        """Begin an outage of the guild, which the bot stays a member of."""
        self._announce("GUILD_DELETE", id=str(self.id), unavailable=True)
        self.is_unavailable = True

    def become_available(self) -> None:
        """End an outage: the bot is told of the guild as at the start, and of nothing that it missed."""
        self.is_unavailable = False
        self.server.gateway.dispatch(guild_create(self, is_joined=False))

    def invite_bot(self, permissions: discord.Permissions = BOT_INVITE) -> None:
        """Bring the bot back after `remove_bot`."""
        bot = self._join(self.server.bot_user)
        bot.roles.append(self._new_role(self.server.bot_user.name, permissions))
        self.server.gateway.dispatch(guild_create(self, is_joined=True))

    def _join(self, user: User) -> Member:
        member = Member(user, self, datetime.now(UTC))
        self.members[user.id] = member
        return member

    def _new_role(self, name: str, permissions: discord.Permissions, position: int | None = None) -> Role:
        place = len(self.roles) if position is None else position
        role = Role(self.server.snowflakes.make(), name, permissions, place)
        self.roles[role.id] = role
        return role

    def _announce(self, name: str, **payload: object) -> None:
        self.server.gateway.dispatch(Event(name, {"guild_id": str(self.id), **payload}, self))
