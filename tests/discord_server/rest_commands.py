"""Routes of application commands, global and of a guild."""

from __future__ import annotations

from typing import Any

from .commands import Commands
from .errors import Json, missing_access, unknown
from .rest import Call, Route


def list_commands(call: Call) -> list[Json]:
    return _commands(call).all(_guild_id(call))


def get_command(call: Call) -> Json:
    return _commands(call).get(_guild_id(call), call.id("command"))


def overwrite_commands(call: Call) -> list[Json]:
    definitions: Any = call.request.json
    return _commands(call).overwrite(_guild_id(call), definitions)


def create_command(call: Call) -> Json:
    return _commands(call).upsert(_guild_id(call), call.body)


def edit_command(call: Call) -> Json:
    return _commands(call).edit(_guild_id(call), call.id("command"), call.body)


def delete_command(call: Call) -> None:
    _commands(call).delete(_guild_id(call), call.id("command"))


def _commands(call: Call) -> Commands:
    if call.id("application") != call.server.application_id:
        raise unknown("application command")
    return call.server.state.commands


def _guild_id(call: Call) -> int | None:
    if "guild" not in call.params:
        return None
    if call.id("guild") not in call.server.state.guilds:
        raise missing_access()
    return call.guild().id


ROUTES = [
    route
    for root in (
        "/applications/{application}/commands",
        "/applications/{application}/guilds/{guild}/commands",
    )
    for route in (
        Route("GET", root, list_commands),
        Route("PUT", root, overwrite_commands),
        Route("POST", root, create_command),
        Route("GET", root + "/{command}", get_command),
        Route("PATCH", root + "/{command}", edit_command),
        Route("DELETE", root + "/{command}", delete_command),
    )
]
