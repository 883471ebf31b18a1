"""Pictures have a process of their own and a short queue for each guild, so that they hold up nothing else."""

from __future__ import annotations

import asyncio
import gc
import warnings
from collections.abc import AsyncIterator

import psutil
import pytest

from bot.services.pictures import MOST_WAITING, PictureError, Pictures
from model.pictures.requests import Dot, Mark, NeighbourCaptions, NeighbourPicture, ScoreCaptions, ScorePicture
from model.pictures.scores import draw_scores

SCORES = ScorePicture([0.2, 0.95], Mark(0.9, "지금"), ScoreCaptions("제목", "확률", "수"), counts=[3, 1])
IMPOSSIBLE = NeighbourPicture(
    [Dot("하나", [1.0], None, True), Dot("둘", [1.0, 2.0], None, False)], NeighbourCaptions("", "", "", "", "", "")
)


@pytest.fixture
async def pictures() -> AsyncIterator[Pictures]:
    pictures = Pictures(kept_for=0.3)
    yield pictures
    await pictures.close()


def children() -> list[psutil.Process]:
    """Return the processes that draw."""
    return [each for each in psutil.Process().children() if "model.pictures" in each.cmdline()]


async def test_another_process_draws_the_same(pictures: Pictures) -> None:
    assert await pictures.draw(1, SCORES) == draw_scores(SCORES)
    (first,) = children()
    assert await pictures.draw(2, SCORES) == draw_scores(SCORES)
    assert [each.pid for each in children()] == [first.pid]


async def test_it_ends_when_nobody_asks_any_more(pictures: Pictures) -> None:
    await pictures.draw(1, SCORES)
    (child,) = children()
    await asyncio.to_thread(child.wait, 10)
    assert children() == []
    assert (await pictures.draw(1, SCORES)).startswith(b"\x89PNG")


async def test_a_guild_has_few_waiting_and_another_is_not_in_its_way(pictures: Pictures) -> None:
    drawing = [asyncio.create_task(pictures.draw(1, SCORES)) for _ in range(1 + MOST_WAITING)]
    await asyncio.sleep(0)
    with pytest.raises(PictureError, match="too_many"):
        await pictures.draw(1, SCORES)
    other = asyncio.create_task(pictures.draw(2, SCORES))
    assert len(set(await asyncio.gather(*drawing, other))) == 1
    assert (await pictures.draw(1, SCORES)).startswith(b"\x89PNG")


async def test_a_picture_that_fails_leaves_room_for_the_next(pictures: Pictures) -> None:
    for _ in range(MOST_WAITING + 2):
        with pytest.raises(PictureError, match="failed"):
            await pictures.draw(1, IMPOSSIBLE)
    assert (await pictures.draw(1, SCORES)).startswith(b"\x89PNG")


async def test_one_that_nobody_waits_for_any_more_spoils_no_other(pictures: Pictures) -> None:
    await pictures.draw(1, SCORES)
    drawing = asyncio.create_task(pictures.draw(1, SCORES))
    await asyncio.sleep(0.01)
    drawing.cancel()
    other = ScorePicture([0.5], Mark(0.5, "다른"), SCORES.captions)
    assert await pictures.draw(1, other) == draw_scores(other)


async def test_a_process_that_was_killed_is_replaced(pictures: Pictures) -> None:
    await pictures.draw(1, SCORES)
    (child,) = children()
    child.kill()
    await asyncio.sleep(0.1)
    assert (await pictures.draw(1, SCORES)).startswith(b"\x89PNG")


@pytest.mark.parametrize("is_cancelled", [False, True], ids=["let go", "cancelled"])
def test_nothing_is_left_open_when_the_loop_ends(is_cancelled: bool) -> None:
    async def draw_and_close() -> None:
        pictures = Pictures(kept_for=0.0)
        await pictures.draw(1, SCORES)
        drawing = asyncio.create_task(pictures.draw(1, SCORES))
        await asyncio.sleep(0.01)
        if is_cancelled:
            drawing.cancel()
        await asyncio.gather(drawing, return_exceptions=True)
        await pictures.close()

    with warnings.catch_warnings(record=True) as left_open:
        warnings.simplefilter("always", ResourceWarning)
        asyncio.run(draw_and_close())
        gc.collect()
    assert left_open == []
