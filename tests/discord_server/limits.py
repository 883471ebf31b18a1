"""Discord's limits on what may be sent, refused with error 50035 (Invalid Form Body) at the faulty field."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from .entities import Upload
from .errors import DiscordError, Json, invalid_form

MAX_FILE_BYTES = 10 * 1024 * 1024
COMPONENTS_V2 = 1 << 15
_EMBED_TEXTS = {"title": 256, "description": 4096}
_BUTTON, _STRING_SELECT = 2, 3
_SLASH_NAME = re.compile(r"[-_'\w\u0900-\u097f\u0e00-\u0e7f]{1,32}")

Faults = dict[str, tuple[str, str]]


def check_message(body: Json, uploads: Sequence[Upload]) -> None:
    """Refuse the body of a message that breaks a limit of text, embeds, components, nonce or files."""
    faults: Faults = {}
    _check_length(faults, "content", body.get("content"), 2000)
    _check_length(faults, "nonce", body.get("nonce"), 25)
    _check_embeds(faults, body.get("embeds") or [])
    _check_components(faults, body.get("components") or [])
    if len(uploads) > 10:
        faults["attachments"] = ("BASE_TYPE_MAX_LENGTH", "Must be 10 or fewer in length.")
    if faults:
        raise invalid_form(faults)
    if any(len(upload.data) > MAX_FILE_BYTES for upload in uploads):
        raise DiscordError(413, 40005, "Request entity too large")


def check_modal(modal: Json) -> None:
    """Refuse a modal that breaks a limit."""
    faults: Faults = {}
    _check_length(faults, "title", modal.get("title"), 45, at_least=1)
    _check_length(faults, "custom_id", modal.get("custom_id"), 100, at_least=1)
    if not 1 <= len(modal.get("components") or []) <= 5:
        faults["components"] = ("BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")
    for path, component in walk_components(modal.get("components") or []):
        _check_length(faults, f"{path}.label", component.get("label"), 45)
        _check_length(faults, f"{path}.placeholder", component.get("placeholder"), 100)
    if faults:
        raise invalid_form(faults)


def check_choices(choices: Sequence[Json]) -> None:
    """Refuse autocomplete choices that break a limit."""
    faults: Faults = {}
    if len(choices) > 25:
        faults["choices"] = ("BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
    for index, choice in enumerate(choices):
        _check_length(faults, f"choices.{index}.name", choice.get("name"), 100, at_least=1)
        _check_length(faults, f"choices.{index}.value", choice.get("value"), 100)
    if faults:
        raise invalid_form(faults)


def check_commands(commands: Sequence[Json]) -> None:
    """Refuse a list of application commands if any of them breaks a rule."""
    faults: Faults = {}
    for index, command in enumerate(commands):
        _check_command(faults, str(index), command)
    names = Counter((command.get("type", 1), command.get("name")) for command in commands)
    for index, command in enumerate(commands):
        if names[command.get("type", 1), command.get("name")] > 1:
            faults[f"{index}.name"] = (
                "APPLICATION_COMMANDS_DUPLICATE_NAME",
                "Application command names must be unique",
            )
    if faults:
        raise invalid_form(faults)
    for kind, most in ((1, 100), (2, 15), (3, 15)):
        if sum(command.get("type", 1) == kind for command in commands) > most:
            raise DiscordError(400, 30032, f"Maximum number of application commands reached ({most})")


def walk_components(components: Sequence[Json], path: str = "components") -> Iterator[tuple[str, Json]]:
    """Yield every component with its dotted path, at whatever depth."""
    for index, component in enumerate(components):
        here = f"{path}.{index}"
        yield here, component
        yield from walk_components(component.get("components") or [], f"{here}.components")
        inner = [component[key] for key in ("component", "accessory") if component.get(key)]
        yield from walk_components(inner, f"{here}.component")


def _check_embeds(faults: Faults, embeds: Sequence[Json]) -> None:
    if len(embeds) > 10:
        faults["embeds"] = ("BASE_TYPE_MAX_LENGTH", "Must be 10 or fewer in length.")
    for index, embed in enumerate(embeds):
        _check_embed(faults, f"embeds.{index}", embed)
    if sum(len(text) for embed in embeds for text in _texts(embed)) > 6000:
        faults["embeds"] = ("MAX_EMBED_SIZE_EXCEEDED", "Embed size exceeds maximum size of 6000")


def _check_embed(faults: Faults, path: str, embed: Json) -> None:
    for key, most in _EMBED_TEXTS.items():
        _check_length(faults, f"{path}.{key}", embed.get(key), most)
    _check_length(faults, f"{path}.footer.text", embed.get("footer", {}).get("text"), 2048)
    _check_length(faults, f"{path}.author.name", embed.get("author", {}).get("name"), 256)
    fields = embed.get("fields") or []
    if len(fields) > 25:
        faults[f"{path}.fields"] = ("BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
    for index, field in enumerate(fields):
        for key, most in (("name", 256), ("value", 1024)):
            _check_length(faults, f"{path}.fields.{index}.{key}", field.get(key) or "", most, at_least=1)


def _texts(embed: Json) -> Iterator[str]:
    yield embed.get("title") or ""
    yield embed.get("description") or ""
    yield embed.get("footer", {}).get("text") or ""
    yield embed.get("author", {}).get("name") or ""
    for field in embed.get("fields") or []:
        yield (field.get("name") or "") + (field.get("value") or "")


def _check_components(faults: Faults, components: Sequence[Json]) -> None:
    if sum(component.get("type") == 1 for component in components) > 5:
        faults["components"] = ("BASE_TYPE_MAX_LENGTH", "Must be 5 or fewer in length.")
    seen: set[str] = set()
    for path, component in walk_components(components):
        custom_id = component.get("custom_id")
        _check_length(faults, f"{path}.custom_id", custom_id, 100)
        if component.get("type") == _BUTTON:
            _check_length(faults, f"{path}.label", component.get("label"), 80)
        if component.get("type") == _STRING_SELECT and not 1 <= len(component.get("options", [])) <= 25:
            faults[f"{path}.options"] = ("BASE_TYPE_BAD_LENGTH", "Must be between 1 and 25 in length.")
        if component.get("type") == 1 and not 1 <= len(component.get("components") or []) <= 5:
            faults[f"{path}.components"] = ("BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")
        if custom_id in seen:
            faults[f"{path}.custom_id"] = (
                "COMPONENT_CUSTOM_ID_DUPLICATED",
                "Component custom id cannot be duplicated",
            )
        seen |= {custom_id} if custom_id else set()


def _check_command(faults: Faults, path: str, command: Json) -> None:
    is_slash = command.get("type", 1) == 1
    _check_names(faults, path, command, is_slash)
    if is_slash:
        _check_descriptions(faults, path, command)
        _check_options(faults, path, command.get("options") or [])


def _check_names(faults: Faults, path: str, definition: Json, is_slash: bool) -> None:
    localised = definition.get("name_localizations") or {}
    names = {"name": definition.get("name") or ""}
    names |= {f"name_localizations.{locale}": name for locale, name in localised.items()}
    for key, name in names.items():
        is_bad_slash = is_slash and (_SLASH_NAME.fullmatch(name) is None or name != name.lower())
        if is_bad_slash or not 1 <= len(name) <= 32:
            faults[f"{path}.{key}"] = (
                "APPLICATION_COMMAND_INVALID_NAME",
                "Command name is invalid",
            )


def _check_descriptions(faults: Faults, path: str, definition: Json) -> None:
    _check_length(faults, f"{path}.description", definition.get("description") or "", 100, at_least=1)
    for locale, text in (definition.get("description_localizations") or {}).items():
        _check_length(faults, f"{path}.description_localizations.{locale}", text, 100, at_least=1)


def _check_options(faults: Faults, path: str, options: Sequence[Json]) -> None:
    if len(options) > 25:
        faults[f"{path}.options"] = ("BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
    is_after_optional = False
    for index, option in enumerate(options):
        here = f"{path}.options.{index}"
        _check_names(faults, here, option, is_slash=True)
        _check_descriptions(faults, here, option)
        _check_options(faults, here, option.get("options") or [])
        if len(option.get("choices") or []) > 25:
            faults[f"{here}.choices"] = ("BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
        if option.get("required") and is_after_optional:
            faults[here] = (
                "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
                "Required options must be placed before non-required options",
            )
        is_after_optional = is_after_optional or not option.get("required")


def _check_length(faults: Faults, path: str, text: Any, most: int, at_least: int = 0) -> None:
    if not isinstance(text, str):
        return
    if len(text) > most:
        faults[path] = ("BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")
    elif len(text) < at_least:
        faults[path] = ("BASE_TYPE_REQUIRED", "This field is required")
