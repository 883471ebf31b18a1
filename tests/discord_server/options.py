"""The options of slash commands: from the values of a test to what Discord sends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from . import payloads
from .commands import is_named
from .entities import Message, Role, Upload, User
from .errors import Json
from .permissions import permissions_of

if TYPE_CHECKING:
    from .guilds import Channel
    from .members import Member
    from .server import DiscordServer

_STRING, _INTEGER, _BOOLEAN, _NUMBER = 3, 4, 5, 10
_PLAIN: dict[int, type | tuple[type, ...]] = {
    _STRING: str,
    _INTEGER: int,
    _BOOLEAN: bool,
    _NUMBER: (int, float),
}


class Resolved:
    """The objects that an interaction names by id, sent along in full."""

    def __init__(self, server: DiscordServer, channel: Channel) -> None:
        self._server = server
        self._channel = channel
        self._body: Json = {}

    def to_json(self) -> Json:
        """Return the key of an interaction's data: absent if empty, or menus would lose their values."""
        return {"resolved": self._body} if self._body else {}

    def add(self, value: Any) -> str:
        """Add an object and return its id. Raises: ValueError for what Discord cannot resolve."""
        if isinstance(value, Upload):
            attachment = self._server.state.keep_file(self._channel.id, value, value.description)
            attachment.is_ephemeral = True
            return self._store("attachments", attachment.id, payloads.attachment(attachment))
        if isinstance(value, Message):
            # Discord shows the chosen message even without the message_content intent.
            return self._store("messages", value.id, payloads.message(value))
        if isinstance(value, Role):
            return self._store("roles", value.id, payloads.role(value))
        if isinstance(value, User):
            return self._store("users", value.id, payloads.user(value))
        if hasattr(value, "user"):
            return self._add_member(value)
        if hasattr(value, "messages"):
            return self._add_channel(value)
        kinds = "Member, User, Role, Channel, Message or Upload"
        raise ValueError(f"value must be a {kinds}. Received: {value!r}")

    def _add_member(self, member: Member) -> str:
        granted = str(permissions_of(member.user, self._channel).value)
        self._store("members", member.id, {**payloads.partial_member(member), "permissions": granted})
        return self._store("users", member.id, payloads.user(member.user))

    def _add_channel(self, channel: Channel) -> str:
        granted = str(permissions_of(self._server.bot_user, channel).value)
        return self._store("channels", channel.id, {**payloads.channel(channel), "permissions": granted})

    def _store(self, kind: str, key: int, body: Json) -> str:
        self._body.setdefault(kind, {})[str(key)] = body
        return str(key)


def fill_options(definition: Json, values: Mapping[str, Any], locale: str, resolved: Resolved) -> list[Json]:
    """Return the options of a command filled with values. Raises: ValueError."""
    options = definition.get("options") or []
    given = {_named(options, name, locale)["name"]: value for name, value in values.items()}
    missing = [each["name"] for each in options if each.get("required") and each["name"] not in given]
    if missing:
        raise ValueError(f"required options of {definition['name']!r} must be given: {missing}")
    return [_filled(each, given[each["name"]], resolved) for each in options if each["name"] in given]


def focused_options(
    definition: Json, name: str, text: str, others: Mapping[str, Any], locale: str, resolved: Resolved
) -> list[Json]:
    """Return the options while a person types into one of them. Raises: ValueError."""
    options = definition.get("options") or []
    focused = _named(options, name, locale)
    if not focused.get("autocomplete"):
        raise ValueError(f"option must be one with autocomplete. Received: {focused}")
    given = {_named(options, other, locale)["name"]: value for other, value in others.items()}
    filled = [_filled(each, given[each["name"]], resolved) for each in options if each["name"] in given]
    typed = {"name": focused["name"], "type": focused["type"], "value": text, "focused": True}
    return [*filled, typed]


def _named(options: list[Json], name: str, locale: str) -> Json:
    for option in options:
        if is_named(option, name, locale):
            return option
    raise ValueError(f"option must be one of {[each['name'] for each in options]}. Received: {name!r}")


def _filled(option: Json, value: Any, resolved: Resolved) -> Json:
    filled = {"name": option["name"], "type": option["type"]}
    if option["type"] not in _PLAIN:
        return {**filled, "value": resolved.add(value)}
    is_right_type = isinstance(value, _PLAIN[option["type"]])
    if not is_right_type or isinstance(value, bool) != (option["type"] == _BOOLEAN):
        raise ValueError(f"value of option {option['name']!r} must suit its type. Received: {value!r}")
    offered = [choice["value"] for choice in option.get("choices") or []]
    if offered and value not in offered:
        raise ValueError(f"value of option {option['name']!r} must be one of {offered}. Received: {value!r}")
    size = len(value) if isinstance(value, str) else value
    least, most = ("min_length", "max_length") if isinstance(value, str) else ("min_value", "max_value")
    if (least in option and size < option[least]) or (most in option and size > option[most]):
        raise ValueError(f"value must lie within the limits of {option}. Received: {value!r}")
    return {**filled, "value": value}
