"""All that the server remembers, and the look-ups that answer 404 for what it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from .commands import Commands
from .entities import Attachment, Message, Upload, User
from .errors import unknown
from .guilds import DM, Channel, Guild
from .webhooks import Webhook

if TYPE_CHECKING:
    from .members import Member
    from .server import DiscordServer


class State:
    """The objects of the server by their ids."""

    def __init__(self, server: DiscordServer) -> None:
        self._server = server
        self.users: dict[int, User] = {}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.webhooks: dict[int, Webhook] = {}
        self.files: dict[int, Attachment] = {}
        self.commands = Commands(server)

    def add_user(self, name: str, *, is_bot: bool = False) -> User:
        """Create an account."""
        user = User(self._server.snowflakes.make(), name, is_bot, "0001" if is_bot else "0")
        self.users[user.id] = user
        return user

    def keep_file(self, channel_id: int, upload: Upload, description: str | None) -> Attachment:
        """Store a file and give it the address from which it is served."""
        file_id = self._server.snowflakes.make()
        url = f"{self._server.url}/attachments/{channel_id}/{file_id}/{quote(upload.filename)}"
        self.files[file_id] = Attachment(file_id, upload.filename, upload.data, url, description)
        return self.files[file_id]

    def direct_messages(self, user: User) -> Channel:
        """Return the channel of direct messages between the bot and a user."""
        for channel in self.channels.values():
            if channel.type == DM and user in channel.recipients:
                return channel
        channel = Channel(self._server, self._server.snowflakes.make(), user.name, DM)
        # The bot is a recipient of its own, which payloads leave out as Discord does.
        channel.recipients = [user, self._server.bot_user]
        self.channels[channel.id] = channel
        return channel

    def forget_channel(self, channel: Channel) -> None:
        """Remove a channel and its threads."""
        threads = [each for each in self.channels.values() if each.is_thread and each.parent is channel]
        doomed = [channel, *threads]
        for each in doomed:
            del self.channels[each.id]
            if each.guild is not None:
                del each.guild.channels[each.id]

    def user(self, user_id: int) -> User:
        """Return a user. Raises: DiscordError 10013."""
        if user_id not in self.users:
            raise unknown("user")
        return self.users[user_id]

    def guild(self, guild_id: int) -> Guild:
        """Return a guild that the bot is in. Raises: DiscordError 10004."""
        guild = self.guilds.get(guild_id)
        if guild is None or self._server.bot_user.id not in guild.members:
            raise unknown("guild")
        return guild

    def member(self, guild: Guild, user_id: int) -> Member:
        """Return a member of the guild. Raises: DiscordError 10007 or 10013."""
        if user_id not in guild.members:
            raise unknown("member" if user_id in self.users else "user")
        return guild.members[user_id]

    def channel(self, channel_id: int) -> Channel:
        """Return a channel. Raises: DiscordError 10003."""
        if channel_id not in self.channels:
            raise unknown("channel")
        return self.channels[channel_id]

    def message(self, channel: Channel, message_id: int) -> Message:
        """Return a message of the channel. Raises: DiscordError 10008."""
        if message_id not in channel.messages:
            raise unknown("message")
        return channel.messages[message_id]

    def webhook(self, webhook_id: int, token: str | None = None) -> Webhook:
        """Return a webhook, by its token if one is given. Raises: DiscordError 10015."""
        webhook = self.webhooks.get(webhook_id)
        if webhook is None or token not in (None, webhook.token):
            raise unknown("webhook")
        return webhook
