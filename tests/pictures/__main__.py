"""`make pictures`: run the real bot on the loopback Discord, and draw what it sends into docs/discord.

Needs Chromium, and a font with emoji; neither the tests nor CI do. `python -m tests.pictures FOLDER` draws elsewhere.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.localisation.texts import Language
from model.versions.version import PRETRAINED
from tests.bot.cogs.cases.desk import open_desk
from tests.pictures.chromium import NoChromiumError, draw
from tests.pictures.page import page
from tests.pictures.scenes import Story
from tests.support.paths import ROOT


async def pages(language: Language) -> dict[str, str]:
    """Return the HTML of each picture in a language."""
    with TemporaryDirectory() as folder:
        async with open_desk(Path(folder), PRETRAINED, language=language) as shop:
            story = Story(shop, language)
            return {name: page(panes, story.reader) async for name, panes in story.tell()}


def main() -> None:
    """Draw all pictures in all languages."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "discord"
    for language in Language:
        (target / language).mkdir(parents=True, exist_ok=True)
        for name, html in asyncio.run(pages(language)).items():
            path = target / language / f"{name}.png"
            path.write_bytes(draw(html))
            print(f"{path}  {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    try:
        main()
    except NoChromiumError as error:
        sys.exit(str(error))
