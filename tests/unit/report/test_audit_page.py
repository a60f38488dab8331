"""The page of an audit: findings, copies side by side, films that stand out, and the rest."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pneumoscope.data.audit import Audit, audit_films
from pneumoscope.data.sources import find_films
from pneumoscope.phantoms import write_phantoms
from pneumoscope.report.audit_page import write_audit_report
from pneumoscope.report.copies import copies_to_show, count_groups
from pneumoscope.report.outliers import outliers_to_show
from report_page import Page

HOSTILE = "IM-0900-0001 <b>&.png"


@pytest.fixture(scope="module")
def audit(tmp_path_factory: pytest.TempPathFactory) -> Audit:
    """Phantoms with a copy in another split, one re-encoded, a black one and one that is none."""
    films = tmp_path_factory.mktemp("films") / "ward"
    write_phantoms(films, 60, seed=4, formats=("png",), widths=(100, 140))
    train, test = films / "chest_xray/train", films / "chest_xray/test"
    ill, healthy = sorted((train / "PNEUMONIA").iterdir()), sorted((train / "NORMAL").iterdir())
    shutil.copy(ill[0], test / "PNEUMONIA" / "person900_virus_900.png")
    half = Image.open(healthy[0])
    half.resize((half.width // 2, half.height // 2)).save(train / "NORMAL" / HOSTILE)
    Image.fromarray(np.full((10, 200), 3, np.uint8)).save(train / "NORMAL" / "IM-0901-0001.png")
    (train / "NORMAL" / "IM-0902-0001.png").write_bytes(b"nothing")
    return audit_films(find_films(films), workers=1)


@pytest.fixture(scope="module")
def text(audit: Audit, tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_audit_report(audit, tmp_path_factory.mktemp("page")).read_text(encoding="utf-8")


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def section(text: str, anchor: str) -> str:
    return text[text.index(f'<section aria-labelledby="{anchor}">') :].partition("</section>")[0]


def test_the_page_stands_alone_and_tells_no_folder(text: str, audit: Audit) -> None:
    page = Page(text)
    assert page.runs_only_its_own_script()
    assert "b" not in page.tags
    assert HOSTILE in page.words
    assert len(page.ids) == len(set(page.ids))
    assert str(audit.table.root.parent) not in text
    assert "Audit of ward" in page.words
    assert "64 films, 63 of them readable" in page.words


def test_findings_stand_gravest_first(text: str) -> None:
    body = section(text, "findings")
    told = re.findall(r'<strong class="(\w+)">', body)
    assert told == sorted(told, key=["error", "warning", "note"].index)
    assert told[:2] == ["error", "error"]
    assert "1 film cannot be read." in words(body)
    assert "IM-0902-0001.png" in words(body)


def test_copies_stand_side_by_side_with_their_distance(text: str, audit: Audit) -> None:
    across, within = copies_to_show(audit)
    assert count_groups(audit) == 2
    assert (across.severity, across.identical, across.bits) == ("error", True, 0)
    assert {Path(path).parts[-3] for path in across.paths} == {"test", "train"}
    assert (within.severity, within.identical, within.more) == ("warning", False, 0)
    assert 0 < within.bits <= 24
    body = words(section(text, "copies"))
    assert "The same, byte for byte" in body
    assert f"The same picture, {within.bits} of 256 bits apart" in body
    for path in across.paths:
        assert path in body


def test_the_ends_of_the_collection_are_shown(text: str, audit: Audit) -> None:
    shown = outliers_to_show(audit)
    assert list(shown) == ["Darkest", "Brightest", "Smallest", "Oddest in shape"]
    for title in ("Darkest", "Smallest", "Oddest in shape"):
        assert shown[title][0].name == "IM-0901-0001.png"
    assert shown["Smallest"][0].note == "200 × 10 pixels"
    brightest = max(audit.measures, key=lambda film: film.mean)
    assert shown["Brightest"][0].name == Path(brightest.path).name
    assert "width / height 20.00" in words(section(text, "outliers"))


def test_a_measure_that_all_films_share_has_no_ends(tmp_path: Path) -> None:
    for label, level in (("NORMAL", 90), ("PNEUMONIA", 120)):
        (tmp_path / label).mkdir()
        film = np.full((50, 60), level, np.uint8)
        film[10:20] = 0
        Image.fromarray(film).save(tmp_path / label / "1.png")
    assert list(outliers_to_show(audit_films(find_films(tmp_path), workers=1))) == [
        "Darkest",
        "Brightest",
    ]


def test_shortcuts_counts_sizes_and_formats_are_tables(text: str) -> None:
    shortcuts = words(section(text, "shortcuts"))
    assert "frame only 0." in shortcuts
    assert "the outermost 1/32 of each side" in shortcuts
    assert "train 21 54 % 18 46 % 39" in words(section(text, "films"))
    assert "NORMAL" in words(section(text, "sizes"))
    assert words(section(text, "sizes")).endswith("Class PNG NORMAL 32 PNEUMONIA 31")
    assert text.count('<div class="table" role="region"') == text.count('<div class="table"') == 4


def test_films_of_which_none_can_be_read_have_a_page_too(tmp_path: Path) -> None:
    films = tmp_path / "films"
    for label in ("NORMAL", "PNEUMONIA"):
        (films / label).mkdir(parents=True)
        (films / label / "1.png").write_bytes(b"nothing")
    page = write_audit_report(audit_films(find_films(films)), tmp_path / "page")
    assert "2 films cannot be read." in Page(page.read_text(encoding="utf-8")).words
