"""One page a picture, in Discord's dark look, from messages as the loopback Discord holds them."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from pathlib import Path

from model.pictures.style import FONT
from tests.discord_server import Message
from tests.discord_server.entities import Attachment
from tests.discord_server.errors import Json
from tests.discord_server.snowflakes import created_at
from tests.pictures.markup import Reader, clock, to_html

_CSS = Path(__file__).with_name("discord.css")
_BUTTON, _STRING_SELECT, _CHANNEL_SELECT = 2, 3, 8
_STYLES = {1: "primary", 2: "secondary", 3: "success", 4: "danger"}
_WORDS = {
    "ko": {"app": "앱", "private": "나만 볼 수 있는 메시지예요", "used": "<b>{who}</b> 님이 <b>{command}</b> 사용"},
    "en": {"app": "APP", "private": "Only you can see this", "used": "<b>{who}</b> used <b>{command}</b>"},
}


@dataclass(frozen=True, slots=True)
class Pane:
    """A message where it stands, with the command that it answers."""

    message: Message
    command: str | None = None


def page(panes: Sequence[Pane], reader: Reader) -> str:
    """Return the HTML of a picture, with all that it needs in it."""
    font = base64.b64encode(FONT.read_bytes()).decode()
    face = f"@font-face {{ font-family: Jigi; src: url(data:font/otf;base64,{font}); }}"
    body = "".join(_pane(pane, reader) for pane in panes)
    return (
        f'<!doctype html><html lang="{reader.language}"><meta charset="utf-8">'
        f"<style>{face}\n{_CSS.read_text(encoding='utf-8')}</style><body>{body}</body></html>"
    )


def _pane(pane: Pane, reader: Reader) -> str:
    message, words = pane.message, _WORDS[reader.language]
    used = ""
    if pane.command is not None and message.invoker is not None:
        used = words["used"].format(who=escape(message.invoker.name), command=escape(pane.command))
        used = f'<div class="used">{used}</div>'
    app = f'<span class="app">{words["app"]}</span>' if message.author.is_bot else ""
    when = clock(created_at(message.id), reader.language)
    private = f'<div class="private">{words["private"]}</div>' if message.is_ephemeral else ""
    kind = "private-message" if message.is_ephemeral else ""
    return (
        f'<section><header class="channel"><i>#</i>{escape(message.channel.name)}</header>'
        f'<article class="{kind}">{used}<div class="avatar {"bot" * message.author.is_bot}">'
        f"{escape(message.author.name[0])}</div><div class='said'>"
        f'<div class="who">{escape(message.author.name)}{app}<span class="when">{when}</span></div>'
        f"{to_html(message.content, reader) if message.content else ''}"
        f"{''.join(_embed(each, reader) for each in message.embeds)}"
        f"{''.join(_picture(each) for each in message.attachments)}"
        f"{''.join(_row(row, reader) for row in message.components)}{_reactions(message)}{private}"
        "</div></article></section>"
    )


def _picture(attachment: Attachment) -> str:
    data = base64.b64encode(attachment.data).decode()
    return f'<img class="picture" alt="{escape(attachment.description or "")}" src="data:image/png;base64,{data}">'


def _reactions(message: Message) -> str:
    shown = (f"<span>{escape(each.emoji.name)} {len(each.users)}</span>" for each in message.reactions)
    return f'<div class="reactions">{"".join(shown)}</div>' if message.reactions else ""


def _embed(embed: Json, reader: Reader) -> str:
    parts = [f'<div class="title">{to_html(embed["title"], reader)}</div>'] if embed.get("title") else []
    if embed.get("description"):
        parts.append(to_html(embed["description"], reader))
    fields = "".join(_field(each, reader) for each in embed.get("fields", []))
    parts.append(f'<div class="fields">{fields}</div>' if fields else "")
    below = [escape(embed["footer"]["text"])] if embed.get("footer") else []
    if embed.get("timestamp"):
        below.append(clock(datetime.fromisoformat(embed["timestamp"]), reader.language))
    parts.append(f"<footer>{' • '.join(below)}</footer>" if below else "")
    return f'<div class="embed" style="border-color: #{embed.get("color") or 0x1E1F22:06x}">{"".join(parts)}</div>'


def _field(field: Json, reader: Reader) -> str:
    kind = "inline" if field.get("inline") else "wide"
    name, value = to_html(field["name"], reader), to_html(field["value"], reader)
    return f'<div class="{kind}"><div class="name">{name}</div>{value}</div>'


def _row(row: Json, reader: Reader) -> str:
    return f'<div class="row">{"".join(_component(each, reader) for each in row["components"])}</div>'


def _component(component: Json, reader: Reader) -> str:
    if component["type"] == _BUTTON:
        kind = "disabled" * bool(component.get("disabled"))
        return f'<button class="{_STYLES[component["style"]]} {kind}">{escape(component["label"])}</button>'
    chosen = _chosen(component, reader) or escape(component.get("placeholder") or "")
    return f'<div class="select">{chosen}<span class="arrow"></span></div>'


def _chosen(menu: Json, reader: Reader) -> str:
    """Return what is marked in a menu."""
    if menu["type"] == _STRING_SELECT:
        return ", ".join(escape(each["label"]) for each in menu["options"] if each.get("default"))
    sign = "#" if menu["type"] == _CHANNEL_SELECT else "@"
    ids = [int(each["id"]) for each in menu.get("default_values", [])]
    return "".join(f'<span class="chip"><i>{sign}</i>{escape(reader.names[each])}</span>' for each in ids)
