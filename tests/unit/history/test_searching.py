"""Finding records again: filters, orders, and pages that go on."""

from __future__ import annotations

import base64
import datetime
import json
from pathlib import Path
from typing import get_args

import pytest
from sqlalchemy import text

from history_records import CLASSES, START, everything, model, read_film, unreadable_film
from pneumoscope.errors import PneumoscopeError
from pneumoscope.history.records import Record
from pneumoscope.history.search import Page, Query, Sort, found_ids
from pneumoscope.history.store import History
from pneumoscope.serving.filters import Filters

NOW = datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC)
SORTS = get_args(Sort)


def second(number: int) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(START // 10**9 + number, datetime.UTC)


def names(history: History, query: Query) -> set[str]:
    found = history.search(query, limit=1_000).items
    assert history.count(query) == len(found)
    return {record.film for record in found}


def all_pages(history: History, sort: Sort, size: int) -> list[Record]:
    found: list[Record] = []
    cursor = None
    while True:
        page = history.search(Query(sort=sort), limit=size, cursor=cursor)
        found += page.items
        if page.next is None:
            return found
        assert len(page.items) == size
        cursor = page.next


def test_text_in_names_whatever_its_case_and_signs(history: History) -> None:
    films = ["Ward_1/100%.PNG", "ward-1/1000.png", "STRASSE.png", "Café.png", "a\\b.png", "İ.png"]
    history.add([read_film(film, at=at) for at, film in enumerate(films)])
    for part, expected in [
        ("ward", {films[0], films[1]}),
        ("WARD_", {films[0]}),
        ("100%", {films[0]}),
        ("straße", {films[2]}),
        ("CAFE\u0301", {films[3]}),
        ("\\", {films[4]}),
        ("i\u0307", {films[5]}),
        ("/1", {films[0], films[1]}),
        ("'; drop table records; --", set()),
        ("\x00", set()),
        ("a" * 60_000, set()),
    ]:
        assert names(history, Query(search=part)) == expected, part
    assert len(names(history, Query(search=""))) == len(films)


def test_filters_by_themselves_and_together(history: History) -> None:
    other = model("other")
    history.keep_model(other)
    entries = [
        read_film(f"{at}.png", at, at=at, manifest=(model(), other)[at % 2]) for at in range(12)
    ]
    history.add([*entries, unreadable_film("no.pdf", at=12)])
    by_finding: dict[str, set[str]] = {name: set() for name in CLASSES}
    for entry in entries:
        assert entry.record.answer is not None
        by_finding[entry.record.answer.call.finding].add(entry.record.film)
    assert all(by_finding.values())
    for finding, films in by_finding.items():
        assert names(history, Query(finding=finding)) == films
        assert names(history, Query(finding=finding, search="1")) == {f for f in films if "1" in f}
    for record, verdict in zip(everything(history), ("agree", "disagree", "unsure"), strict=False):
        history.review(record.id, verdict, now=NOW)
    assert names(history, Query(verdict="disagree")) == {"1.png"}
    assert len(names(history, Query(verdict="none"))) == 10
    assert names(history, Query(status="unreadable")) == {"no.pdf"}
    assert len(names(history, Query(status="read"))) == 12
    assert names(history, Query(model="other")) == {f"{at}.png" for at in range(1, 12, 2)}
    for unknown in (Query(model="none"), Query(finding=CLASSES[0].swapcase())):
        with pytest.raises(PneumoscopeError, match="There is no"):
            names(history, unknown)
    assert names(history, Query(since=second(10))) == {"10.png", "11.png", "no.pdf"}
    assert names(history, Query(since=second(3), until=second(5))) == {"3.png", "4.png"}
    assert names(history, Query(model="tiny", until=second(3), verdict="unsure")) == {"2.png"}


def test_pages_of_each_order_are_the_whole_list(history: History) -> None:
    films = ["b.png", "B.png", "_.png", "Z.png", "ä.png", "a b.png", "A-b.png", "b.png", "1.png"]
    history.add([read_film(film, at % 3, at=at) for at, film in enumerate(films)])
    history.add([unreadable_film("c.pdf", at=20), unreadable_film("a.pdf", at=21)])
    added = everything(history)
    for size in (1, 3, 11):
        assert all_pages(history, "oldest", size) == added
        assert all_pages(history, "newest", size) == added[::-1]
        by_name = sorted(added, key=lambda record: (record.film.casefold(), record.id))
        assert all_pages(history, "name", size) == by_name
        by_probability = all_pages(history, "probability", size)
        assert [record.film for record in by_probability[-2:]] == ["a.pdf", "c.pdf"]
        told = [record.answer.call.probability for record in by_probability if record.answer]
        assert told == sorted(told, reverse=True)
        assert sorted(record.id for record in by_probability) == [record.id for record in added]


def test_what_is_to_be_reviewed_comes_first_and_what_was_reviewed_last(history: History) -> None:
    history.add([read_film(f"{at}.png", at % 4, at=at) for at in range(8)])
    history.add([unreadable_film(f"{at}.pdf", at=at) for at in (8, 9)])
    added = everything(history)
    for at, verdict in ((0, "agree"), (3, "disagree"), (5, "unsure"), (6, "agree"), (8, "unsure")):
        history.review(added[at].id, verdict, now=NOW)
    open_ones = [added[at] for at in (1, 2, 4, 7)]
    open_ones.sort(key=lambda record: (probability(record), record.id), reverse=True)
    for size in (1, 3, 11):
        urgent = all_pages(history, "urgency", size)
        assert [record.id for record in urgent[:5]] == [
            record.id for record in (*open_ones, added[9])
        ]
        assert [record.film for record in urgent[5:]] == [
            "8.pdf",
            *(f"{at}.png" for at in (6, 5, 3, 0)),
        ]
        by_verdict = [record.film for record in all_pages(history, "verdict", size)]
        assert by_verdict[:5] == ["3.png", "8.pdf", "5.png", "6.png", "0.png"]
        assert by_verdict[5:] == ["9.pdf", *(f"{at}.png" for at in (7, 4, 2, 1))]
    for sort in SORTS:
        unseen = history.search(Query(verdict="none", sort=sort)).items
        assert {record.id for record in unseen} == {added[at].id for at in (1, 2, 4, 7, 9)}
        assert history.count(Query(verdict="none", sort=sort)) == 5
    history.review(added[3].id, None, now=NOW)  # which is as if there had been none
    assert added[3].id in [record.id for record in all_pages(history, "urgency", 5)[:5]]


def probability(record: Record) -> float:
    return -1.0 if record.answer is None else record.answer.call.probability


@pytest.mark.parametrize("sort", SORTS)
def test_a_page_may_be_told_by_how_many_come_before_it(history: History, sort: Sort) -> None:
    history.add([read_film(f"{at % 3}.png", at % 3, at=at) for at in range(7)])
    whole = all_pages(history, sort, 10)
    page = history.search(Query(sort=sort), limit=3, offset=2)
    assert page.items == whole[2:5]
    assert history.search(Query(sort=sort), limit=9, cursor=page.next).items == whole[5:]
    last = history.search(Query(sort=sort), limit=3, offset=4)
    assert (last.items, last.next) == (whole[4:], None)
    assert history.search(Query(sort=sort), offset=7) == Page([], None)


def test_what_comes_and_goes_meanwhile_shifts_no_page(history: History) -> None:
    history.add([read_film(f"{at}.png", at=at) for at in range(6)])
    first = history.search(Query(), limit=2)
    history.add([read_film("new.png", at=9)])
    history.delete(first.items[1].id)
    second_page = history.search(Query(), limit=2, cursor=first.next)
    assert [record.film for record in second_page.items] == ["3.png", "2.png"]


def test_names_that_no_index_takes_whole(history: History) -> None:
    longest = ["\U0001f9d1" * 5_000 + "1", "\U0001f9d1" * 5_000 + "2"]
    history.add([read_film(film, at=at) for at, film in enumerate(longest)])
    assert [record.film for record in all_pages(history, "name", 1)] == longest
    assert history.count(Query(search="\U0001f9d1" * 400)) == 2


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "ü",
        "\ud800",
        "[" * 4_000,
        base64.urlsafe_b64encode(b"[" * 3_000).decode(),
        base64.urlsafe_b64encode(b"{}").decode(),
        base64.urlsafe_b64encode(b'["newest"]').decode(),
        base64.urlsafe_b64encode(b'["newest", 1]').decode(),
        base64.urlsafe_b64encode(b'["newest", "a", "b"]').decode(),
        base64.urlsafe_b64encode(b'["oldest", "a"]').decode(),
        base64.urlsafe_b64encode(json.dumps(["newest", None]).encode()).decode(),
    ],
)
def test_a_cursor_that_is_none(history: History, cursor: str) -> None:
    with pytest.raises(PneumoscopeError, match="is no place"):
        history.search(Query(), cursor=cursor)


@pytest.mark.parametrize("rank", [10**30, -1, 1.0, True, "1", None])
def test_a_cursor_with_a_rank_that_no_verdict_has(history: History, rank: object) -> None:
    cursor = base64.urlsafe_b64encode(json.dumps(["verdict", rank, "a"]).encode()).decode()
    with pytest.raises(PneumoscopeError, match="is no place"):
        history.search(Query(sort="verdict"), cursor=cursor)


@pytest.mark.parametrize("sign", ["\u80ba", "\U0001f9d1", "\x01", "\\"])
def test_the_longest_cursor_is_taken_by_the_service(history: History, sign: str) -> None:
    history.add([read_film(600 * sign, at=at) for at in range(2)])
    cursor = history.search(Query(sort="name"), limit=1).next
    assert Filters(sort="name", cursor=cursor).cursor == cursor
    assert len(history.search(Query(sort="name"), cursor=cursor).items) == 1


def test_questions_that_make_no_sense() -> None:
    with pytest.raises(PneumoscopeError, match="no sort 'nam'") as caught:
        Query(sort="nam")  # type: ignore[arg-type]
    assert "name" in caught.value.hint
    with pytest.raises(PneumoscopeError, match="no status"):
        Query(status="")  # type: ignore[arg-type]
    with pytest.raises(PneumoscopeError, match="no verdict"):
        Query(verdict="maybe")  # type: ignore[arg-type]
    with pytest.raises(PneumoscopeError, match="no time zone"):
        Query(until=datetime.datetime(2026, 1, 1))


@pytest.mark.parametrize("sort", SORTS)
def test_no_page_is_cut_from_a_list_that_was_sorted_for_it(tmp_path: Path, sort: Sort) -> None:
    """A page costs the same in a long history as in a short one."""
    with History.open(f"sqlite:///{tmp_path / 'history.db'}", tmp_path / "films") as history:
        history.keep_model(model())
        history.add([read_film(at=at) for at in range(3)])
        cursor = history.search(Query(sort=sort), limit=1).next
        statement = found_ids(Query(sort=sort), 50, cursor)
        with history.database.reading() as connection:
            sql = statement.compile(connection, compile_kwargs={"literal_binds": True})
            plan = [row[3] for row in connection.execute(text(f"EXPLAIN QUERY PLAN {sql}"))]
    assert plan[0].startswith("SEARCH records USING COVERING INDEX")
    assert not [step for step in plan if "TEMP B-TREE" in step]
