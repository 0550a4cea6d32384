"""A simulated season: whatever people, jobs and the clock do, the space stays true to everybody.

A season is a number: the same number plays the same one.  One that fails is played again with
fewer and fewer acts, so that the report shows the few that matter.
"""

import os
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from random import Random

import pytest
from flask import Flask

from tests.exchange.season.acts import WEIGHTS, Acts, settings_drawn
from tests.exchange.season.stage import Stage

Act = tuple[str, int]
ACTS = 90  # in a season
SHRINK_SECONDS = 90.0
# "300": the seasons 0 … 299; "300:400": these.
FIRST, _colon, LAST = os.environ.get("AMAPRESS_TEST_SEASONS", "0:4").rpartition(":")
SEASONS = range(int(FIRST or 0), int(LAST))


def acts_of(seed: int) -> list[Act]:
    """Draw what happens in a season."""
    draw = Random(seed)
    names = draw.choices(list(WEIGHTS), list(WEIGHTS.values()), k=ACTS)
    return [(name, draw.randrange(1_000_000)) for name in names]


def play(app: Flask, seed: int, acts: list[Act]) -> Stage:
    """Play a season to its end."""
    stage = Stage(app, seed, settings_drawn(Random(seed)))
    doer = Acts(stage)
    for name, number in acts:
        doer.do(name, number)
    stage.end()
    return stage


def failure(app: Flask, seed: int, acts: list[Act]) -> str:
    """Play; return what failed and where, or nothing."""
    try:
        play(app, seed, acts)
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__} at {last.filename}:{last.lineno}"
    return ""


def shrunk(app: Flask, seed: int, acts: list[Act], why: str) -> list[Act]:
    """Leave acts out as long as the same thing fails."""
    ends_at = time.monotonic() + SHRINK_SECONDS
    size = len(acts) // 2
    while size and time.monotonic() < ends_at:
        start = 0
        while start < len(acts) and time.monotonic() < ends_at:
            fewer = acts[:start] + acts[start + size :]
            if failure(app, seed, fewer) == why:
                acts = fewer
            else:
                start += size
        size //= 2
    return acts


@pytest.fixture
def worker(app: Flask) -> Iterator[Flask]:
    """Let hints be heard by nobody, and mails leave for nowhere."""
    queue, mail = app.extensions["amapress_queue"], app.extensions["amapress_mail"].state
    before = mail.suppress
    queue.rung, mail.suppress = [], True
    yield app
    queue.rung, mail.suppress = None, before


def test_whatever_happens_in_a_season_stays_true(worker: Flask) -> None:
    done: Counter[str] = Counter()
    for seed in SEASONS:
        acts = acts_of(seed)
        try:
            stage = play(worker, seed, acts)
        except Exception as error:
            last = traceback.extract_tb(error.__traceback__)[-1]
            why = f"{type(error).__name__} at {last.filename}:{last.lineno}"
            few = shrunk(worker, seed, acts, why)
            told = "\n".join(f"    {one}" for one in few)
            raise AssertionError(f"Season {seed} fails with these acts:\n{told}") from error
        done += Counter(stage.told())

    print(f"{len(SEASONS)} seasons: {dict(done)}")  # seen with -s, or where it fails
    assert done["refused"] < done["acts"]
