"""The application commands that the bot has registered, global and of single guilds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .errors import Json, unknown
from .limits import check_commands

if TYPE_CHECKING:
    from .server import DiscordServer

SLASH, USER_MENU, MESSAGE_MENU = 1, 2, 3


class Commands:
    """The bot's commands by the guild they belong to; None holds the global ones."""

    def __init__(self, server: DiscordServer) -> None:
        self._server = server
        self._stored: dict[int | None, list[Json]] = {}

    def all(self, guild_id: int | None = None) -> list[Json]:
        """Return the commands of a guild, or the global ones."""
        return self._stored.get(guild_id, [])

    def get(self, guild_id: int | None, command_id: int) -> Json:
        """Return one command. Raises: DiscordError 10063."""
        for command in self.all(guild_id):
            if command["id"] == str(command_id):
                return command
        raise unknown("application command")

    def overwrite(self, guild_id: int | None, definitions: Sequence[Json]) -> list[Json]:
        """Replace all commands; one whose name and type stay keeps its id."""
        check_commands(definitions)
        ids = {(command["type"], command["name"]): command["id"] for command in self.all(guild_id)}
        self._stored[guild_id] = [
            self._command(guild_id, definition, ids.get((definition.get("type", SLASH), definition["name"])))
            for definition in definitions
        ]
        return self._stored[guild_id]

    def upsert(self, guild_id: int | None, definition: Json) -> Json:
        """Add a command, or replace the one of that name and type."""
        wanted = (definition.get("type", SLASH), definition["name"])
        others = [each for each in self.all(guild_id) if (each["type"], each["name"]) != wanted]
        self.overwrite(guild_id, [*others, definition])
        return self._stored[guild_id][-1]

    def edit(self, guild_id: int | None, command_id: int, changes: Json) -> Json:
        """Change a command."""
        command = self.get(guild_id, command_id)
        changed = {**command, **changes}
        check_commands([changed if each is command else each for each in self.all(guild_id)])
        command.update(self._command(guild_id, changed, command["id"]))
        return command

    def delete(self, guild_id: int | None, command_id: int) -> None:
        """Remove a command."""
        self.all(guild_id).remove(self.get(guild_id, command_id))

    def find(self, kind: int, name: str, guild_id: int | None, locale: str) -> Json:
        """Return the command that a person in the guild means, by its name or its translation.

        Raises: LookupError, with the names that the bot has registered.
        """
        offered = [*(self.all(guild_id) if guild_id else []), *self.all()]
        for command in offered:
            if command["type"] == kind and is_named(command, name, locale):
                return command
        names = [command["name"] for command in offered if command["type"] == kind]
        raise LookupError(f"command must be one that the bot has registered: {names}. Received: {name!r}")

    def _command(self, guild_id: int | None, definition: Json, command_id: str | None) -> Json:
        permissions = definition.get("default_member_permissions")
        defaults: Json = {
            "type": SLASH,
            "description": "",
            "options": [],
            "nsfw": False,
            "dm_permission": True,
        }
        return {
            **defaults,
            **definition,
            "id": command_id or str(self._server.snowflakes.make()),
            "application_id": str(self._server.application_id),
            "version": str(self._server.snowflakes.make()),
            "default_member_permissions": None if permissions is None else str(permissions),
            **({} if guild_id is None else {"guild_id": str(guild_id)}),
        }


def is_named(definition: Json, name: str, locale: str) -> bool:
    """Tell whether a command or option is called so, by default or in a person's language."""
    translations = definition.get("name_localizations") or {}
    return name in (definition["name"], translations.get(locale))
