"""A loopback Discord for end-to-end tests: REST and gateway, spoken to by the real discord.py.

`server` starts it and waits; `guilds` and `members` are the test's hands; `rest*` and `gateway` are what the
bot talks to; `messages`, `reactions`, `threads`, `webhooks` and `responses` hold the behaviour both share.
"""

from .entities import Attachment, Message, Role, Upload, User
from .errors import DiscordError
from .floods import Flood
from .guilds import Channel, Guild
from .interactions import Answer
from .members import Member
from .server import DiscordServer
from .webhooks import Webhook

__all__ = [
    "Answer",
    "Attachment",
    "Channel",
    "DiscordError",
    "DiscordServer",
    "Flood",
    "Guild",
    "Member",
    "Message",
    "Role",
    "Upload",
    "User",
    "Webhook",
]
