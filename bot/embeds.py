"""What an alert in the log channel looks like, before and after its text has gone."""

from __future__ import annotations

import re

import discord

from bot.localisation import Texts, bar, percent
from bot.storage.outbox import CloseReason
from bot.verdict import StoredVerdict
from model.classifier import Prediction

MAX_TEXT = 1500  # characters shown of a message; escaped they are at most 3,000 of the 4,096 that an embed may hold
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")


def open_alert(verdict: StoredVerdict, texts: Texts) -> discord.Embed:
    """Draw the alert of a flagged message, its text behind a spoiler."""
    embed = _facts(verdict, texts)
    embed.title, embed.colour = texts("alert.title"), discord.Colour.red()
    embed.description = spoiler(verdict.text or "")
    return embed.add_field(name=texts("alert.message"), value=_link(verdict, texts))


def closed_alert(verdict: StoredVerdict, reason: CloseReason, texts: Texts) -> discord.Embed:
    """Draw what remains of an alert: without the text, and without a link to a message that is no more."""
    embed = _facts(verdict, texts)
    embed.title, embed.colour = texts(f"alert.{reason}"), discord.Colour.light_grey()
    if reason is CloseReason.DELETED:
        return embed
    return embed.add_field(name=texts("alert.message"), value=_link(verdict, texts))


def spoiler(text: str) -> str:
    """Hide a text, cut, behind a spoiler out of which it cannot break."""
    return f"||{escape(text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + '…')}||"


def escape(text: str) -> str:
    """Escape every punctuation mark, so that a text is shown as it is.

    discord.py's `escape_markdown` leaves what stands inside of links as it is, spoiler bars and mentions too.
    """
    return _PUNCTUATION.sub(r"\\\1", text)


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
