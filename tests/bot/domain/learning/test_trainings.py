"""What people ask of a training is understood, and how far it is."""

from __future__ import annotations

import pytest

from bot.domain.learning.trainings import CorpusName, Mode, Progress, TrainingOptions, parse_options
from model.events import BatchEvent, TeacherEvent


@pytest.mark.parametrize(
    ("words", "options"),
    [
        ("", TrainingOptions()),
        ("force:true", TrainingOptions(is_forced=True)),
        ("full", TrainingOptions(Mode.FULL, CorpusName.ALL)),
        ("FULL corpus:nsmc force", TrainingOptions(Mode.FULL, CorpusName.NSMC, True)),
        ("corpus=naver-shopping force:false", TrainingOptions(Mode.FULL, CorpusName.NAVER_SHOPPING)),
    ],
)
def test_what_stands_behind_the_command_is_read(words: str, options: TrainingOptions) -> None:
    assert parse_options(words) == options


def test_progress_tells_share_and_remaining_time() -> None:
    event = BatchEvent(epoch=2, n_epochs=4, batch=5, n_batches=10, accuracy=0.9)
    progress = Progress.from_event(event)
    assert progress == Progress(0.375, 2, 4, 0.9)
    assert progress.seconds_left(30) == pytest.approx(50)
    assert Progress(0.01, 1, 4, None).seconds_left(30) is None
    assert Progress.from_event(TeacherEvent(share=0.5)) is None
