"""The films of a run on its report: counts, samples and the audit."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from pneumoscope.data.table import FilmTable
from pneumoscope.errors import PneumoscopeError
from pneumoscope.report.data_section import data_section, find_audit
from tiny_run import write_tiny_films


@pytest.fixture
def table(tmp_path: Path) -> FilmTable:
    return write_tiny_films(tmp_path / "films")


def words(body: str) -> str:
    return " ".join(re.sub(r"<svg.*?</svg>|</?\w[^>]*>", " ", body, flags=re.DOTALL).split())


def test_films_are_counted_by_split_and_class(table: FilmTable) -> None:
    section = data_section(table, None, films_found=False)
    text = words(section.body)
    assert "40 films, and nothing tells which are of one patient." in text
    assert "train 6 50 % 6 50 % 12 12 val 10 50 % 10 50 % 20 20 test 4 50 % 4 50 % 8 8" in text
    (counts,) = section.plots
    assert counts.columns == ("split", "NORMAL", "PNEUMONIA")
    assert counts.rows == (("train", 6, 6), ("val", 10, 10), ("test", 4, 4))
    assert "no sample films here, and no audit, since the films were not found" in text


def test_every_class_shows_samples(table: FilmTable) -> None:
    body = data_section(table, None, films_found=True).body
    assert body.count('alt="A film of class NORMAL"') == 6
    assert body.count('alt="A film of class PNEUMONIA"') == 6
    assert "&lt;b&gt;&amp;.png" in body
    assert "<b>" not in body


def test_a_sample_that_cannot_be_read_is_left_out_and_among_the_findings(
    table: FilmTable, tmp_path: Path
) -> None:
    (table.root / table.films[0].path).write_bytes(b"no film")
    audit = find_audit(tmp_path / "audit.json", table, films_found=True)
    body = data_section(table, audit, films_found=True).body
    assert body.count('alt="A film of class NORMAL"') == 5
    assert "1 film cannot be read." in words(body)


def test_findings_and_shortcuts_are_told(table: FilmTable, tmp_path: Path) -> None:
    text = words(
        data_section(
            table, find_audit(tmp_path / "audit.json", table, films_found=True), films_found=True
        ).body
    )
    assert "warning test has 4 films of NORMAL: too few to rely on." in text
    assert "mean" in text
    assert "higher in PNEUMONIA" in text


def test_an_audit_is_made_once_and_again_for_other_films(table: FilmTable, tmp_path: Path) -> None:
    path = tmp_path / "audit.json"
    assert find_audit(path, table, films_found=False) is None
    assert not path.exists()
    first = find_audit(path, table, films_found=True)
    assert json.loads(path.read_text(encoding="utf-8")) == first
    assert find_audit(path, table, films_found=False) == first
    fewer = replace(table, films=table.films[1:])
    assert find_audit(path, fewer, films_found=False) is None
    assert find_audit(path, fewer, films_found=True) != first


@pytest.mark.parametrize("text", ["{", "[]", "{}"])
def test_a_damaged_audit_is_told(table: FilmTable, tmp_path: Path, text: str) -> None:
    path = tmp_path / "audit.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PneumoscopeError, match=r"audit\.json could not be read"):
        find_audit(path, table, films_found=True)
