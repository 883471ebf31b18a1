"""Pictures have a thread of their own and a short queue for each guild, so that they hold up nothing else."""

from __future__ import annotations

import asyncio
import threading

import pytest

from bot.services.pictures import MOST_WAITING, Pictures, TooManyPicturesError


@pytest.fixture
def pictures() -> Pictures:
    return Pictures()


async def test_one_is_drawn_at_a_time_on_a_thread_of_its_own(pictures: Pictures) -> None:
    n_drawing, most, names = 0, 0, set[str]()

    def draw() -> bytes:
        nonlocal n_drawing, most
        n_drawing += 1
        most = max(most, n_drawing)
        names.add(threading.current_thread().name)
        threading.Event().wait(0.02)
        n_drawing -= 1
        return b"png"

    drawn = await asyncio.gather(*(pictures.draw(guild_id, draw) for guild_id in range(5)))
    assert (drawn, most) == ([b"png"] * 5, 1)
    assert {name.split("_")[0] for name in names} == {"pictures"}


async def test_while_many_are_waiting_other_threads_are_free(pictures: Pictures) -> None:
    may_end = threading.Event()

    def draw() -> bytes:
        may_end.wait(10)
        return b""

    drawing = [asyncio.create_task(pictures.draw(guild_id, draw)) for guild_id in range(60)]
    await asyncio.sleep(0)
    assert await asyncio.wait_for(asyncio.to_thread(lambda: "judged"), 1) == "judged"
    may_end.set()
    await asyncio.gather(*drawing)


async def test_a_guild_has_few_waiting_and_another_is_not_in_its_way(pictures: Pictures) -> None:
    may_end = threading.Event()

    def draw() -> bytes:
        may_end.wait(10)
        return b""

    drawing = [asyncio.create_task(pictures.draw(1, draw)) for _ in range(1 + MOST_WAITING)]
    await asyncio.sleep(0)
    with pytest.raises(TooManyPicturesError):
        await pictures.draw(1, draw)
    other = asyncio.create_task(pictures.draw(2, draw))
    may_end.set()
    await asyncio.gather(*drawing, other)
    assert await pictures.draw(1, draw) == b""


async def test_a_picture_that_fails_leaves_room_for_the_next(pictures: Pictures) -> None:
    def fail() -> bytes:
        raise ValueError("no")

    for _ in range(5):
        with pytest.raises(ValueError, match="no"):
            await pictures.draw(1, fail)
