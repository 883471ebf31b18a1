"""discord.py's types as Jigi uses them."""

from __future__ import annotations

from typing import Any

import discord
from discord.ext import commands

Bot = commands.Bot | commands.AutoShardedBot

Context = commands.Context[Any]
Interaction = discord.Interaction[Any]
