"""What a person's client checks and sends when they use commands, components and modals.

Mistakes that Discord's client would not let a person make raise LookupError, PermissionError or ValueError.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import discord

from .commands import MESSAGE_MENU, SLASH, USER_MENU, is_named
from .entities import Message
from .errors import Json
from .interactions import AUTOCOMPLETE, COMMAND, COMPONENT, MODAL_SUBMIT, Answer, Interaction, Until
from .limits import walk_components
from .options import Resolved, fill_options, focused_options
from .permissions import permissions_of

if TYPE_CHECKING:
    from .guilds import Channel
    from .members import Member

__all__ = ["Until", "autocomplete", "click", "context_menu", "select", "slash", "submit_modal"]

_BUTTON, _LINK_STYLE, _STRING_SELECT, _TEXT_INPUT = 2, 5, 3, 4
_SELECTS = (3, 5, 6, 7, 8)


def slash(
    member: Member,
    channel: Channel,
    name: str,
    options: Mapping[str, Any],
    locale: str,
) -> Interaction:
    """Start a slash command."""
    command, path = _slash_command(member, channel, name, locale)
    resolved = Resolved(member.server, channel)
    filled = fill_options(path[-1], options, locale, resolved)
    data = {**_command_data(command), "options": _nested(path, filled), **resolved.to_json()}
    return member.server.interactions.start(member, channel, COMMAND, data, locale)


def autocomplete(
    member: Member,
    channel: Channel,
    name: str,
    option: str,
    value: str,
    others: Mapping[str, Any],
    locale: str,
) -> Interaction:
    """Type into an option of a slash command that completes it."""
    command, path = _slash_command(member, channel, name, locale)
    filled = focused_options(path[-1], option, value, others, locale, Resolved(member.server, channel))
    data = {**_command_data(command), "options": _nested(path, filled)}
    return member.server.interactions.start(member, channel, AUTOCOMPLETE, data, locale)


def context_menu(
    member: Member,
    channel: Channel,
    name: str,
    target: Message | Member,
    locale: str,
) -> Interaction:
    """Choose an entry of a message's or member's context menu."""
    kind = MESSAGE_MENU if isinstance(target, Message) else USER_MENU
    command = _find(member, channel, kind, name, locale)
    resolved = Resolved(member.server, channel)
    data = {**_command_data(command), "target_id": resolved.add(target), **resolved.to_json()}
    return member.server.interactions.start(member, channel, COMMAND, data, locale)


def click(
    member: Member,
    message: Message,
    custom_id: str | None,
    label: str | None,
    locale: str,
) -> Interaction:
    """Press a button."""
    button = _component(member, message, (_BUTTON,), custom_id, label)
    if button.get("style") == _LINK_STYLE:
        raise LookupError(f"button must not be a link. Received: {button}")
    data = {"custom_id": button["custom_id"], "component_type": _BUTTON}
    return member.server.interactions.start(member, message.channel, COMPONENT, data, locale, message)


def select(
    member: Member,
    message: Message,
    values: Sequence[Any],
    custom_id: str | None,
    locale: str,
) -> Interaction:
    """Choose values from a select menu: strings, or members, roles or channels."""
    menu = _component(member, message, _SELECTS, custom_id, None)
    if not menu.get("min_values", 1) <= len(values) <= menu.get("max_values", 1):
        raise ValueError(f"values must be as many as the menu allows: {menu}. Received: {values}")
    resolved = Resolved(member.server, message.channel)
    if menu["type"] == _STRING_SELECT:
        offered = [option["value"] for option in menu["options"]]
        if not set(values) <= set(offered):
            raise ValueError(f"values must be among {offered}. Received: {values}")
        chosen = list(values)
    else:
        chosen = [resolved.add(value) for value in values]
    data = {
        "custom_id": menu["custom_id"],
        "component_type": menu["type"],
        "values": chosen,
        **resolved.to_json(),
    }
    return member.server.interactions.start(member, message.channel, COMPONENT, data, locale, message)


def submit_modal(
    member: Member,
    answer: Answer,
    values: Mapping[str, str | Sequence[str]],
    locale: str,
) -> Interaction:
    """Submit the modal that an answer opened."""
    opened = answer.interaction
    if opened.member is not member:
        raise PermissionError(f"modal must have been opened by {member.user.name}")
    parts = [part for _, part in walk_components(answer.modal["components"])]
    names = {part[key] for part in parts for key in ("custom_id", "label") if key in part}
    if unknown := set(values) - names:
        raise LookupError(f"values must be for inputs among {names}. Received: {unknown}")
    components = [_submitted(component, values) for component in answer.modal["components"]]
    data = {"custom_id": answer.modal["custom_id"], "components": components}
    channel, source = opened.channel, opened.message
    return member.server.interactions.start(member, channel, MODAL_SUBMIT, data, locale, source)


def _find(member: Member, channel: Channel, kind: int, name: str, locale: str) -> Json:
    guild_id = channel.guild.id if channel.guild else None
    command = member.server.state.commands.find(kind, name, guild_id, locale)
    contexts = command.get("contexts")
    is_wrong_place = contexts is not None and (1 if channel.guild is None else 0) not in contexts
    if is_wrong_place or (channel.guild is None and command.get("dm_permission") is False):
        raise PermissionError(f"command {name!r} must not be used here. Received: {channel!r}")
    granted = permissions_of(member.user, channel)
    needed = discord.Permissions(int(command["default_member_permissions"] or 0))
    is_locked = command["default_member_permissions"] == "0" and not granted.administrator
    if not granted.use_application_commands or is_locked or not needed.is_subset(granted):
        wanted = [name for name, is_set in dict(needed).items() if is_set]
        raise PermissionError(f"user of {name!r} must have {wanted}. Received: {member.user.name}")
    return command


def _slash_command(member: Member, channel: Channel, name: str, locale: str) -> tuple[Json, list[Json]]:
    """Return the command and the path of definitions from it to the subcommand that is used."""
    first, *rest = name.split()
    command = _find(member, channel, SLASH, first, locale)
    path = [command]
    for word in rest:
        subcommands = [each for each in path[-1].get("options") or [] if each["type"] in (1, 2)]
        matching = [each for each in subcommands if is_named(each, word, locale)]
        if not matching:
            offered = [each["name"] for each in subcommands]
            raise LookupError(f"subcommand must be one of {offered}. Received: {word!r}")
        path.append(matching[0])
    if any(each["type"] in (1, 2) for each in path[-1].get("options") or []):
        raise LookupError(f"command {name!r} must be used through one of its subcommands")
    return command, path


def _nested(path: Sequence[Json], filled: list[Json]) -> list[Json]:
    """Wrap the options in the subcommands that lead to them."""
    for definition in reversed(path[1:]):
        filled = [{"name": definition["name"], "type": definition["type"], "options": filled}]
    return filled


def _command_data(command: Json) -> Json:
    return {key: command[key] for key in ("id", "name", "type", "guild_id") if key in command}


def _component(
    member: Member, message: Message, kinds: Sequence[int], custom_id: str | None, label: str | None
) -> Json:
    """Return the one enabled component that is meant, as far as the member sees the message."""
    is_hidden = message.is_ephemeral and message.invoker is not member.user
    if is_hidden or not permissions_of(member.user, message.channel).view_channel:
        raise PermissionError(f"message must be visible to {member.user.name}. Received: {message!r}")
    there = [each for _, each in walk_components(message.components) if each["type"] in kinds]
    wanted = {key: value for key, value in (("custom_id", custom_id), ("label", label)) if value is not None}
    matching = [each for each in there if wanted.items() <= each.items()]
    if len(matching) != 1 or message.is_deleted:
        state = "deleted" if message.is_deleted else "there"
        raise LookupError(f"component must be one of those {state}: {there}. Received: {wanted}")
    if matching[0].get("disabled"):
        raise PermissionError(f"component must not be disabled. Received: {matching[0]}")
    return matching[0]


def _submitted(component: Json, values: Mapping[str, str | Sequence[str]]) -> Json:
    """Return a row, label or input of a modal as it is submitted."""
    if "components" in component:
        return {
            "type": component["type"],
            "components": [_submitted(c, values) for c in component["components"]],
        }
    if "component" in component:
        inner = {**component["component"], "label": component.get("label")}
        return {"type": component["type"], "component": _submitted(inner, values)}
    if "custom_id" not in component:
        return {"type": component["type"]}
    given = values.get(component["custom_id"], values.get(component.get("label") or ""))
    entered = {"type": component["type"], "custom_id": component["custom_id"]}
    if component["type"] != _TEXT_INPUT:
        return {**entered, "values": list(given or [])}
    text = component.get("value") or "" if given is None else given
    least = component.get("min_length") or int(component.get("required", True))
    if not isinstance(text, str) or not least <= len(text) <= (component.get("max_length") or 4000):
        raise ValueError(f"text must suit the input {component}. Received: {text!r}")
    return {**entered, "value": text}
