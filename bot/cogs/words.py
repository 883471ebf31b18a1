"""Answer moderators who ask which words reviews use alike: `/words similar`, `!similar` and their sisters.

`bot.domain.words.questions` reads what they write, `bot.domain.words.answers` answers it, `bot.wording.words` writes
and draws the answers.
"""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import Callable

import discord
from discord import app_commands
from discord.app_commands import Choice
from discord.ext import commands

from bot.cogs.shared import replies
from bot.cogs.shared.cog import JigiCog, alone, limited_to
from bot.cogs.shared.replies import MOST_CHARACTERS, QUIET, escape, say
from bot.cogs.shared.translator import korean, marked
from bot.cogs.shared.types import Context, Interaction
from bot.domain.learning.versions import UnknownVersionError
from bot.domain.words.answers import answer, complete, complete_last
from bot.domain.words.questions import MOST_NEIGHBOURS, Kind, Layer, Question, WordMistake, parse, split_words
from bot.localisation.commands import Caller
from bot.services.pictures import PictureError, picture_of_answer
from bot.storage.connection.engine import DatabaseError
from bot.wording.words import Written, describe_picture, readable, write
from model.errors import JigiModelError
from model.vectors.keyed_vectors import Vectors

_log = logging.getLogger(__name__)
_MOST_OF_CHOICE = 100  # characters that autocomplete offers
_MOST_OF_DESCRIPTION = 1024  # and of a picture's description

_TOPN = app_commands.Range[int, 1, MOST_NEIGHBOURS]
_LAYERS = [
    Choice(name=marked("words.layer_words"), value=Layer.WORDS.value),
    Choice(name=marked("words.layer_classifier"), value=Layer.CLASSIFIER.value),
]


class Words(JigiCog):
    """Says which words are near.

    Reviews hold swear words, and so do the answers: those to slash commands only who asked can see.
    """

    TITLE = "cog.words"

    async def _complete(self, interaction: Interaction, current: str) -> list[Choice[str]]:
        return await self._choices(interaction, current, complete)

    async def _complete_last(self, interaction: Interaction, current: str) -> list[Choice[str]]:
        return await self._choices(interaction, current, complete_last)

    @commands.hybrid_group(aliases=korean("words"))
    @limited_to(manage_messages=True)
    async def words(self, ctx: Context) -> None:
        """Say which commands there are."""
        await self.explain_usage(ctx)

    @words.command(aliases=korean("words similar"))
    @app_commands.choices(layer=_LAYERS)
    @app_commands.autocomplete(word=_complete)
    @limited_to(manage_messages=True)
    async def similar(self, ctx: Context, *, word: str, topn: _TOPN = 10, layer: str = Layer.WORDS.value) -> None:
        """Show the words nearest to one. After a prefix, `word` is the whole line."""
        slash = Question(Kind.SIMILAR, (word.strip(),), topn=topn, layer=Layer(layer))
        await self._reply(ctx, slash if ctx.interaction else parse(Kind.SIMILAR, word))

    @words.command(aliases=korean("words analogy"))
    @app_commands.autocomplete(positive=_complete_last, negative=_complete_last)
    @limited_to(manage_messages=True)
    async def analogy(self, ctx: Context, *, positive: str, negative: str = "", topn: _TOPN = 10) -> None:
        """Show the words near the positive and far from the negative ones. After a prefix, `positive` is all."""
        slash = Question(Kind.ANALOGY, split_words(positive), split_words(negative), topn)
        await self._reply(ctx, slash if ctx.interaction else parse(Kind.ANALOGY, positive))

    @words.command(aliases=korean("words similarity"))
    @app_commands.autocomplete(first=_complete, second=_complete)
    @limited_to(manage_messages=True)
    async def similarity(self, ctx: Context, first: str, *, second: str) -> None:
        """Say how near two words are."""
        await self._reply(ctx, Question(Kind.SIMILARITY, (first.strip(), second.strip())))

    @words.command(aliases=korean("words oddone"))
    @app_commands.autocomplete(words=_complete_last)
    @limited_to(manage_messages=True)
    async def oddone(self, ctx: Context, *, words: str) -> None:
        """Pick the word that does not match the others."""
        await self._reply(ctx, parse(Kind.ODDONE, words))

    # After a prefix the group's name may be left out.
    similar_alone, analogy_alone, similarity_alone, oddone_alone = map(alone, (similar, analogy, similarity, oddone))

    def usage(self, name: str, caller: Caller) -> str:
        """Say how a question is asked."""
        return caller.texts(f"words.{name.split()[-1]}_usage", example=caller.example(name))

    async def cog_command_error(self, ctx: Context, error: Exception) -> None:
        """Answer a command that failed; that a word is unknown, or one is missing, is no fault."""
        caller, texts = self.caller(ctx), self.texts(ctx)
        match replies.unwrap(error):
            case WordMistake() as mistake:
                sentence = mistake.sentence(caller, lambda word: _bold(readable(word, texts)))
            case JigiModelError() as damage:
                _log.error("Word vectors cannot be read: %s", damage)
                sentence = texts("words.unavailable")
            case _:
                return await super().cog_command_error(ctx, error)
        await replies.reply(ctx, sentence)

    async def _reply(self, ctx: Context, question: Question) -> None:
        """Answer, after having said that it will take a moment: opening vectors and drawing do, the first time."""
        texts = self.texts(ctx)
        async with ctx.typing(ephemeral=True):
            guild_id = ctx.guild.id if ctx.guild else None
            vectors = await self.jigi.word_vectors.for_guild(question.layer, guild_id)
            found = await asyncio.to_thread(answer, question, vectors)
            content = _fit(write(found, texts, _bold))
            if not ctx.interaction and not ctx.bot_permissions.attach_files:  # an interaction's answer always may
                await ctx.send(f"{content}\n-# {texts('words.no_picture')}", allowed_mentions=QUIET)
                return
            try:
                picture = await self.jigi.pictures.draw(guild_id, picture_of_answer(found, texts))
            except PictureError as error:
                await say(ctx, f"{content}\n-# {texts(f'picture.{error.problem}')}")
            else:
                await say(ctx, content, file=_file(picture, describe_picture(found, texts)))

    async def _choices(
        self, interaction: Interaction, current: str, completed: Callable[[Vectors, str], list[str]]
    ) -> list[Choice[str]]:
        """Offer known words to whom Discord lets ask. It shows none where the vectors cannot be read."""
        layer = Layer.CLASSIFIER if interaction.namespace.layer == Layer.CLASSIFIER else Layer.WORDS
        try:
            vectors = await self.jigi.word_vectors.for_guild(layer, interaction.guild_id)
        except (JigiModelError, UnknownVersionError, DatabaseError):
            return []
        words = await asyncio.to_thread(completed, vectors, current)
        return [Choice(name=word, value=word) for word in words if word.strip() and len(word) <= _MOST_OF_CHOICE]


def _bold(word: str) -> str:
    return f"**{escape(word)}**"


def _fit(written: Written) -> str:
    """Join an answer for Discord; rows that find no room are left out, the farthest first."""
    rows = [row.replace("`", "ˋ") for row in written.table]
    while len(content := "\n".join([*written.head, "```", *rows, "```", f"-# {written.foot}"])) > MOST_CHARACTERS:
        rows.pop()
    return content


def _file(picture: bytes, description: str) -> discord.File:
    return discord.File(io.BytesIO(picture), filename="near.png", description=description[:_MOST_OF_DESCRIPTION])
