"""What an alert in the log channel looks like, before and after its text has gone, and the buttons under it."""

from __future__ import annotations

import re
from typing import Any

import discord

from bot.cogs.shared.replies import spoiler
from bot.domain.actions import CloseReason
from bot.domain.verdicts import StoredVerdict
from bot.localisation.formats import bar, percent
from bot.localisation.texts import Texts
from model.prediction import Prediction

TEMPLATE = r"jigi:decision:(?P<message_id>[0-9]{1,19}):(?P<answer>right|false)"
_N_FIELDS = 4  # of an open alert; a decision is one more


def open_alert(verdict: StoredVerdict, texts: Texts) -> discord.Embed:
    """Draw the alert of a flagged message, its text behind a spoiler."""
    embed = _facts(verdict, texts)
    embed.title, embed.colour = texts("alert.title"), discord.Colour.red()
    embed.description = spoiler(verdict.text or "")
    return embed.add_field(name=texts("alert.message"), value=_link(verdict, texts))


def decided_alert(alert: discord.Embed, is_right: bool, by: int, texts: Texts) -> discord.Embed:
    """Return an alert, its text untouched, with what a moderator has said of it in place of an earlier decision."""
    embed = alert.copy()
    while len(embed.fields) > _N_FIELDS:
        embed.remove_field(_N_FIELDS)
    embed.colour = discord.Colour.red() if is_right else discord.Colour.light_grey()
    key = "decision.shown_right" if is_right else "decision.shown_false_alarm"
    when = discord.utils.format_dt(discord.utils.utcnow(), "R")
    return embed.add_field(name=texts("decision.field"), value=texts(key, by=f"<@{by}>", when=when), inline=False)


def closed_alert(verdict: StoredVerdict, reason: CloseReason, texts: Texts) -> discord.Embed:
    """Draw what remains of an alert: without the text, and without a link to a message that is no more."""
    embed = _facts(verdict, texts)
    embed.title, embed.colour = texts(f"alert.{reason}"), discord.Colour.light_grey()
    if reason is CloseReason.DELETED:
        return embed
    return embed.add_field(name=texts("alert.message"), value=_link(verdict, texts))


def shown_message_id(alert: discord.Message) -> int | None:
    """Return which message an open alert is about; None for a closed one, and for what is no alert."""
    for row in alert.components:
        for button in getattr(row, "children", ()):
            if found := re.fullmatch(TEMPLATE, getattr(button, "custom_id", None) or ""):
                return int(found["message_id"])
    return None


def decision_view(message_id: int, texts: Texts, *, decided: bool | None = None) -> discord.ui.View:
    """Return the buttons under the alert of a message, that of the decision highlighted."""
    view = discord.ui.View(timeout=None)
    for is_right in (True, False):
        view.add_item(_button(message_id, texts, is_right, decided))
    view.stop()  # nobody listens here: `bot.cogs.moderation.decisions` does, for the alerts of earlier runs too
    return view


def _button(message_id: int, texts: Texts, is_right: bool, decided: bool | None) -> discord.ui.Button[Any]:
    answer = "right" if is_right else "false"
    return discord.ui.Button(
        style=discord.ButtonStyle.primary if decided is is_right else discord.ButtonStyle.secondary,
        label=texts("decision.right" if is_right else "decision.false_alarm"),
        custom_id=f"jigi:decision:{message_id}:{answer}",
    )


def _facts(verdict: StoredVerdict, texts: Texts) -> discord.Embed:
    prediction = Prediction(verdict.probability)
    negative = prediction.negative_probability
    embed = discord.Embed(timestamp=discord.utils.snowflake_time(verdict.message_id))
    embed.add_field(name=texts("alert.label"), value=texts(f"label.{prediction.label.name.lower()}"))
    embed.add_field(name=texts("alert.probability"), value=f"`{bar(negative)}` {percent(negative)}")
    embed.add_field(name=texts("alert.channel"), value=f"<#{verdict.channel_id}>")
    footer = texts("alert.footer", version=verdict.model_version, threshold=percent(verdict.threshold))
    return embed.set_footer(text=footer)


def _link(verdict: StoredVerdict, texts: Texts) -> str:
    url = f"https://discord.com/channels/{verdict.guild_id or '@me'}/{verdict.channel_id}/{verdict.message_id}"
    return texts("alert.link", url=url)
