"""The automatic planning: even, within quotas, on days with a basket, always the same."""

import datetime as dt
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from amapress_py.duty.planning import FreeSeat, Home, Question, mark, plan

FIRST = dt.date(2026, 12, 3)


def day(number: int) -> dt.date:
    return FIRST + dt.timedelta(weeks=number)


def seats(dates: int, each: int) -> list[FreeSeat]:
    return [FreeSeat(10 * d + n, d, day(d)) for d in range(dates) for n in range(each)]


def homes(count: int, owed: int = 9) -> list[Home]:
    return [Home(h, (100 * h,), owed) for h in range(1, count + 1)]


def loads(question: Question, answer: dict[int, int]) -> Counter[int]:
    """Return how many turns each household has in all."""
    of = {person: home.id for home in question.homes for person in home.persons}
    found = Counter({home.id: len(home.held) for home in question.homes})
    found.update(of[person] for person in answer.values())
    return found


@st.composite
def questions(draw: st.DrawFn) -> Question:
    dates = draw(st.integers(1, 6))
    found = [
        Home(
            number,
            tuple(range(100 * number, 100 * number + draw(st.integers(1, 2)))),
            draw(st.integers(0, 4)),
            tuple(day(-n) for n in range(1, draw(st.integers(0, 2)) + 1)),
            frozenset(draw(st.sets(st.integers(0, dates - 1), max_size=1))),
            draw(st.integers(0, 3)),
        )
        for number in range(1, draw(st.integers(1, 7)) + 1)
    ]
    persons = [person for home in found for person in home.persons]
    pairs = st.tuples(st.sampled_from(persons), st.integers(0, dates - 1))
    baskets = st.tuples(st.integers(1, len(found)), st.integers(0, dates - 1))
    return Question(
        seats(dates, draw(st.integers(1, 3))),
        found,
        frozenset(draw(st.sets(baskets, max_size=12))),
        frozenset(draw(st.sets(pairs, max_size=8))),
        draw(st.integers(0, 3)),
    )


@given(questions())
@settings(max_examples=150, deadline=None)
def test_it_keeps_every_promise(question: Question) -> None:
    answer = plan(question)
    by_seat = {one.id: one.delivery_id for one in question.seats}
    home_of = {person: home for home in question.homes for person in home.persons}
    turns = loads(question, answer)
    sits = {(home_of[person].id, by_seat[seat]) for seat, person in answer.items()}

    assert len(sits) == len(answer)  # a household comes once a day
    for seat, person in answer.items():
        home = home_of[person]
        assert turns[home.id] <= home.owed
        assert (person, by_seat[seat]) not in question.absences
        assert by_seat[seat] not in home.busy
        for other in question.homes:  # nobody could come in his place and make it more even
            could = by_seat[seat] not in other.busy and (other.id, by_seat[seat]) not in sits
            could &= any((one, by_seat[seat]) not in question.absences for one in other.persons)
            if could and turns[other.id] < other.owed:
                assert turns[home.id] - turns[other.id] <= 1
    for one in question.seats:  # a seat stays empty only if nobody was left for it
        if one.id not in answer:
            for other in question.homes:
                free = one.delivery_id not in other.busy
                free &= any((p, one.delivery_id) not in question.absences for p in other.persons)
                sits_there = (other.id, one.delivery_id) in sits
                assert not free or sits_there or turns[other.id] >= other.owed
    assert plan(question) == answer


@given(st.integers(1, 12), st.integers(1, 3), st.integers(3, 9))
@settings(max_examples=60, deadline=None)
def test_where_all_may_come_turns_differ_by_one_at_most(dates: int, each: int, count: int) -> None:
    question = Question(seats(dates, each), homes(count, owed=99))
    answer = plan(question)
    turns = loads(question, answer).values()

    assert len(answer) == dates * each
    assert max(turns) - min(turns) <= 1


def test_people_come_on_days_with_a_basket() -> None:
    baskets = frozenset({(1, 0), (2, 1), (3, 2), (4, 3)})
    for seed in range(10):
        question = Question(seats(4, 1), homes(4, 1), baskets, seed=seed)
        assert plan(question) == {0: 100, 10: 200, 20: 300, 30: 400}


def test_where_seats_stay_free_people_come_on_days_with_a_basket_too() -> None:
    baskets = frozenset({(1, 5), (1, 7)})

    answer = plan(Question(seats(8, 2), homes(1, owed=2), baskets))

    assert {seat.day for seat in seats(8, 2) if seat.id in answer} == {day(5), day(7)}


def test_who_did_less_before_comes_first() -> None:
    found = [Home(1, (100,), 1, done=3), Home(2, (200,), 1, done=0), Home(3, (300,), 1, done=1)]

    assert set(plan(Question(seats(2, 1), found)).values()) == {200, 300}


def test_somebody_is_moved_so_that_another_can_come_at_all() -> None:
    """Only the first can come on the second day, whoever was put on the first before."""
    absences = frozenset({(200, 1)})
    for seed in range(10):
        question = Question(seats(2, 1), homes(2, 1), absences=absences, seed=seed)
        assert plan(question) == {0: 200, 10: 100}


def test_persons_of_a_household_take_turns() -> None:
    home = Home(1, (100, 101), 4)

    assert Counter(plan(Question(seats(4, 1), [home])).values()) == {100: 2, 101: 2}


def test_a_mark_tells_one_planning_from_another() -> None:
    assert mark({1: 2, 3: 4}) == mark({3: 4, 1: 2})
    assert mark({1: 2}) != mark({1: 3})


def test_a_year_of_a_large_amap_is_planned_at_once() -> None:
    baskets = frozenset((h, d) for h in range(1, 401) for d in range(52) if (h + d) % 2)
    question = Question(seats(52, 3), homes(400, 2), baskets)
    answer = plan(question)

    assert len(answer) == 156
    assert all((person // 100, seat // 10) in baskets for seat, person in answer.items())
