"""Reviews: one a film and reviewer, and what follows from what somebody says."""

from __future__ import annotations

import datetime
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from history_records import CLASSES, read_film, unreadable_film
from pneumoscope.errors import PneumoscopeError
from pneumoscope.history.records import Record
from pneumoscope.history.reviews import settle
from pneumoscope.history.search import Query
from pneumoscope.history.store import History

NOW = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.UTC)
LATER = NOW + datetime.timedelta(seconds=1)


@pytest.fixture
def sent(history: History) -> Record:
    entry = read_film()
    history.add([entry])
    return entry.record


def finding_of(record: Record) -> str:
    assert record.answer is not None
    return record.answer.call.finding


def test_a_review_is_put_down_changed_and_taken_back(history: History, sent: Record) -> None:
    reviewed = history.review(sent.id, "agree", "rotated\x00", "Dr. A\x00", blind=True, now=NOW)
    assert reviewed is not None
    (review,) = reviewed.reviews
    assert (review.verdict, review.note, review.reviewed_at) == ("agree", "rotated\ufffd", NOW)
    assert (review.opinion, review.finding) == (finding_of(sent), finding_of(sent))
    assert (review.operating_point, review.blind) == ("balanced", True)
    changed = history.review(sent.id, "unsure", "", "Dr. A\x00", now=LATER)
    assert changed == history.get(sent.id)
    assert changed is not None
    assert [(one.verdict, one.note, one.blind) for one in changed.reviews] == [
        ("unsure", "", False)
    ]
    assert history.review(sent.id, None, reviewer="Dr. A\x00", now=NOW) == sent
    assert history.review("0" * 32, "agree", now=NOW) is None
    assert history.review("0" * 32, None, now=NOW) is None
    with pytest.raises(PneumoscopeError, match="no verdict 'maybe'"):
        history.review(sent.id, "maybe", now=NOW)  # type: ignore[arg-type]
    assert history.get(sent.id) == sent


def test_reviewers_do_not_replace_each_other(history: History, sent: Record) -> None:
    history.review(sent.id, "agree", reviewer="A", now=NOW)
    both = history.review(sent.id, "disagree", reviewer="B", now=LATER)
    assert both is not None
    assert [(one.reviewer, one.verdict) for one in both.reviews] == [
        ("B", "disagree"),
        ("A", "agree"),
    ]
    assert both.review == both.reviews[0]
    # The latest one is what is searched for.
    assert (history.count(Query(verdict="agree")), history.count(Query(verdict="disagree"))) == (
        0,
        1,
    )
    history.review(sent.id, None, reviewer="C", now=LATER)  # who has said nothing
    left = history.review(sent.id, None, reviewer="B", now=LATER)
    assert left is not None
    assert [one.reviewer for one in left.reviews] == ["A"]
    assert (history.count(Query(verdict="agree")), history.count(Query(verdict="disagree"))) == (
        1,
        0,
    )
    (listed,) = history.search(Query()).items
    assert listed == left


def test_reviews_go_with_their_record(history: History, sent: Record) -> None:
    history.review(sent.id, "agree", now=NOW)
    assert history.delete(sent.id)
    with history.database.reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM reviews")) == 0


def test_many_review_one_film_at_once(history: History, sent: Record) -> None:
    def review(number: int) -> None:
        at = NOW + datetime.timedelta(seconds=number)
        verdict = ("agree", "disagree", "unsure")[number % 3]
        history.review(sent.id, verdict, reviewer=str(number), now=at)  # type: ignore[arg-type]

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(review, range(15)))
    record = history.get(sent.id)
    assert record is not None
    assert [one.reviewer for one in record.reviews] == [str(number) for number in range(14, -1, -1)]
    assert history.count(Query(verdict="unsure")) == 1


def test_a_review_is_of_the_class_called_at_its_operating_point(history: History) -> None:
    entries = [read_film(f"{at}.png", at, at=at) for at in range(30)]
    history.add(entries)
    differ = 0
    for entry in entries:
        record = history.review(entry.record.id, "agree", operating_point="screening", now=NOW)
        assert record is not None
        assert record.answer is not None
        assert record.review is not None
        manifest = history.model(record.answer.model_sha256)
        assert manifest is not None
        called = record.answer.prediction(record.film, manifest).decide("screening")
        assert record.review.finding == record.review.opinion == called
        assert record.review.operating_point == "screening"
        differ += called != record.answer.call.finding
    assert differ
    with pytest.raises(PneumoscopeError, match="no operating point"):
        history.review(entries[0].record.id, "agree", operating_point="none", now=NOW)


def test_of_a_film_that_could_not_be_read_nobody_sees_a_class(history: History) -> None:
    entry = unreadable_film()
    history.add([entry])
    record = history.review(entry.record.id, "agree", operating_point="screening", now=NOW)
    assert record is not None
    assert record.review is not None
    review = record.review
    assert (review.opinion, review.finding, review.operating_point) == (None, None, None)
    for verdict in ("agree", None):
        with pytest.raises(PneumoscopeError, match="could not be read"):
            history.review(entry.record.id, verdict, opinion="NORMAL", now=NOW)  # type: ignore[arg-type]


TWO = ("NORMAL", "ILL")


@pytest.mark.parametrize(
    ("given", "finding", "classes", "settled"),
    [
        (("agree", None), "ILL", TWO, ("agree", "ILL")),
        (("agree", "ILL"), "ILL", TWO, ("agree", "ILL")),
        (("disagree", None), "ILL", TWO, ("disagree", "NORMAL")),
        (("disagree", "NORMAL"), "ILL", TWO, ("disagree", "NORMAL")),
        (("disagree", None), "VIRUS", CLASSES, ("disagree", None)),
        (("disagree", "BACTERIA"), "VIRUS", CLASSES, ("disagree", "BACTERIA")),
        (("unsure", None), "VIRUS", CLASSES, ("unsure", None)),
        ((None, "VIRUS"), "VIRUS", CLASSES, ("agree", "VIRUS")),
        ((None, "NORMAL"), "VIRUS", CLASSES, ("disagree", "NORMAL")),
        (("disagree", None), None, (), ("disagree", None)),
    ],
)
def test_a_verdict_and_an_opinion_follow_from_each_other(
    given: tuple[object, object], finding: str, classes: tuple[str, ...], settled: object
) -> None:
    assert settle(*given, finding, classes) == settled  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("agree", "NORMAL"), "contradicts"),
        (("disagree", "ILL"), "contradicts"),
        (("unsure", "ILL"), "contradicts"),
        (("agree", "ill"), "no class 'ill'"),
        ((None, None), "no verdict None"),
    ],
)
def test_what_contradicts_itself_is_refused(given: tuple[object, object], told: str) -> None:
    with pytest.raises(PneumoscopeError, match=told):
        settle(*given, "ILL", TWO)  # type: ignore[arg-type]
