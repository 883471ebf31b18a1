"""Routes of the bot itself, users, guilds, members, roles and channels."""

from __future__ import annotations

from datetime import datetime

import discord

from . import payloads
from .entities import Overwrite, Role
from .errors import DiscordError, Json, unknown
from .members import Member
from .permissions import require, require_in_guild, require_rank_above
from .rest import Call, Route

_CHANNEL_FIELDS = {
    "name": "name",
    "topic": "topic",
    "position": "position",
    "rate_limit_per_user": "slowmode_seconds",
    "archived": "is_archived",
    "locked": "is_locked",
    "auto_archive_duration": "auto_archive_minutes",
}


def get_me(call: Call) -> Json:
    return {**payloads.user(call.server.bot_user), "verified": True, "mfa_enabled": False, "flags": 0}


def get_application(call: Call) -> Json:
    server = call.server
    return {
        "id": str(server.application_id),
        "name": server.bot_user.name,
        "description": "",
        "icon": None,
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "owner": payloads.user(server.operator),
        "team": None,
        "flags": server.application_flags,
        "interactions_endpoint_url": None,
    }


def get_gateway(call: Call) -> Json:
    limits = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1}
    return {"url": call.server.gateway_url, "shards": call.server.n_shards, "session_start_limit": limits}


def list_my_guilds(call: Call) -> list[Json]:
    guilds = sorted(call.server.guilds_of_bot, key=lambda guild: guild.id)
    page = [each for each in guilds if each.id > call.number("after", 0)][: call.number("limit", 200)]
    return [{"id": str(each.id), "name": each.name, "icon": None, "owner": False, "features": []} for each in page]


def get_user(call: Call) -> Json:
    return payloads.user(call.server.state.user(call.id("user")))


def open_direct_messages(call: Call) -> Json:
    user = call.server.state.user(int(call.body["recipient_id"]))
    if user.is_bot:
        raise DiscordError(403, 50007, "Cannot send messages to this user")
    return payloads.channel(call.server.state.direct_messages(user))


def get_guild(call: Call) -> Json:
    return payloads.guild(call.guild())


def leave_guild(call: Call) -> None:
    call.guild().remove_bot()


def list_channels(call: Call) -> list[Json]:
    return [payloads.channel(each) for each in call.guild().channels.values() if not each.is_thread]


def create_channel(call: Call) -> Json:
    guild = call.guild()
    require_in_guild(call.server.bot_user, guild, "manage_channels")
    parent_id = call.body.get("parent_id")
    parent = None if parent_id is None else call.server.state.channel(int(parent_id))
    channel = guild.add_channel(
        call.body.get("type", 0), call.body["name"], parent=parent, topic=call.body.get("topic")
    )
    overwrites = [_overwrite(int(each["id"]), each) for each in call.body.get("permission_overwrites") or []]
    channel.overwrites = {each.target_id: each for each in overwrites}
    if overwrites:
        channel.announce("CHANNEL_UPDATE")
    return payloads.channel(channel)


def list_roles(call: Call) -> list[Json]:
    return [payloads.role(each) for each in call.guild().roles.values()]


def list_active_threads(call: Call) -> Json:
    visible = [each for each in call.guild().threads if call.server.can(each, "view_channel")]
    return {"threads": [payloads.channel(each) for each in visible], "members": []}


def list_emojis(call: Call) -> list[Json]:
    return [payloads.emoji(each) for each in call.guild().emojis.values()]


def list_members(call: Call) -> list[Json]:
    if not call.server.privileged_intents.members:
        raise DiscordError(403, 50001, "Missing Access")
    after = call.number("after", 0)
    members = sorted(call.guild().members.values(), key=lambda member: member.id)
    page = [member for member in members if member.id > after][: call.number("limit", 1)]
    return [payloads.member(each) for each in page]


def get_member(call: Call) -> Json:
    return payloads.member(_member(call))


def edit_member(call: Call) -> Json:
    """Change nick, roles or timeout of a member."""
    member = _member(call)
    wanted = {
        "nick": "manage_nicknames",
        "roles": "manage_roles",
        "communication_disabled_until": "moderate_members",
    }
    needed = [name for key, name in wanted.items() if key in call.body]
    _require_power_over(call, member, *needed)
    if "nick" in call.body:
        member.nick = call.body["nick"]
    if "roles" in call.body:
        member.roles = [member.guild.roles[int(each)] for each in call.body["roles"]]
    if "communication_disabled_until" in call.body:
        until = call.body["communication_disabled_until"]
        member.timed_out_until = None if until is None else datetime.fromisoformat(until)
    member.announce()
    return payloads.member(member)


def kick_member(call: Call) -> None:
    member = _member(call)
    _require_power_over(call, member, "kick_members")
    member.leave()


def ban_member(call: Call) -> None:
    guild, user = call.guild(), call.server.state.user(call.id("user"))
    require_in_guild(call.server.bot_user, guild, "ban_members")
    guild.banned.append(user)
    if user.id in guild.members:
        _require_power_over(call, guild.members[user.id], "ban_members")
        guild.members[user.id].leave()


def unban_member(call: Call) -> None:
    guild, user = call.guild(), call.server.state.user(call.id("user"))
    require_in_guild(call.server.bot_user, guild, "ban_members")
    if user not in guild.banned:
        raise unknown("ban")
    guild.banned.remove(user)


def add_member_role(call: Call) -> None:
    _require_power_over(call, _member(call), "manage_roles")
    _member(call).add_roles(_role(call))


def remove_member_role(call: Call) -> None:
    _require_power_over(call, _member(call), "manage_roles")
    _member(call).remove_roles(_role(call))


def get_channel(call: Call) -> Json:
    return payloads.channel(call.channel())


def edit_channel(call: Call) -> Json:
    channel = call.channel()
    require(call.server.bot_user, channel, "manage_threads" if channel.is_thread else "manage_channels")
    for key, name in _CHANNEL_FIELDS.items():
        if key in call.body:
            setattr(channel, name, call.body[key])
    channel.announce("THREAD_UPDATE" if channel.is_thread else "CHANNEL_UPDATE")
    return payloads.channel(channel)


def delete_channel(call: Call) -> Json:
    channel = call.channel()
    require(call.server.bot_user, channel, "manage_threads" if channel.is_thread else "manage_channels")
    channel.delete()
    return payloads.channel(channel)


def set_overwrite(call: Call) -> None:
    channel = call.channel("manage_roles")
    channel.overwrites[call.id("target")] = _overwrite(call.id("target"), call.body)
    channel.announce("CHANNEL_UPDATE")


def delete_overwrite(call: Call) -> None:
    channel = call.channel("manage_roles")
    channel.overwrites.pop(call.id("target"), None)
    channel.announce("CHANNEL_UPDATE")


def _overwrite(target_id: int, body: Json) -> Overwrite:
    allow, deny = (discord.Permissions(int(body.get(key) or 0)) for key in ("allow", "deny"))
    return Overwrite(target_id, body["type"] == 1, allow, deny)


def _member(call: Call) -> Member:
    return call.server.state.member(call.guild(), call.id("user"))


def _role(call: Call) -> Role:
    roles = call.guild().roles
    if call.id("role") not in roles:
        raise unknown("role")
    return roles[call.id("role")]


def _require_power_over(call: Call, member: Member, *permissions: str) -> None:
    require_in_guild(call.server.bot_user, member.guild, *permissions)
    require_rank_above(call.server.bot_user, member)


_MEMBER = "/guilds/{guild}/members/{user}"
ROUTES = [
    Route("GET", "/users/@me", get_me),
    Route("GET", "/users/@me/guilds", list_my_guilds),
    Route("POST", "/users/@me/channels", open_direct_messages),
    Route("DELETE", "/users/@me/guilds/{guild}", leave_guild),
    Route("GET", "/users/{user}", get_user),
    Route("GET", "/oauth2/applications/@me", get_application),
    Route("GET", "/gateway/bot", get_gateway),
    Route("GET", "/guilds/{guild}", get_guild),
    Route("GET", "/guilds/{guild}/channels", list_channels),
    Route("POST", "/guilds/{guild}/channels", create_channel),
    Route("GET", "/guilds/{guild}/roles", list_roles),
    Route("GET", "/guilds/{guild}/emojis", list_emojis),
    Route("GET", "/guilds/{guild}/threads/active", list_active_threads),
    Route("GET", "/guilds/{guild}/members", list_members),
    Route("GET", _MEMBER, get_member),
    Route("PATCH", _MEMBER, edit_member),
    Route("DELETE", _MEMBER, kick_member),
    Route("PUT", _MEMBER + "/roles/{role}", add_member_role),
    Route("DELETE", _MEMBER + "/roles/{role}", remove_member_role),
    Route("PUT", "/guilds/{guild}/bans/{user}", ban_member),
    Route("DELETE", "/guilds/{guild}/bans/{user}", unban_member),
    Route("GET", "/channels/{channel}", get_channel),
    Route("PATCH", "/channels/{channel}", edit_channel),
    Route("DELETE", "/channels/{channel}", delete_channel),
    Route("PUT", "/channels/{channel}/permissions/{target}", set_overwrite),
    Route("DELETE", "/channels/{channel}/permissions/{target}", delete_overwrite),
]
