"""The page of findings: what it says, and that names of films cannot change what it is."""

from __future__ import annotations

import base64
import io
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import report_page
from pneumoscope.errors import PneumoscopeError
from pneumoscope.imaging.film import FilmTags, UnreadableFilm
from pneumoscope.inference.predictor import Predictor
from pneumoscope.report.findings_page import FilmCard, render_findings_page
from tiny_model import write_tiny_model

VOID = {"meta", "img", "br", "rect", "line"}
HOSTILE = "<script>alert('1')</script>\"&.png"


class Page(HTMLParser):
    """A page taken apart: elements with their attributes, and the text of each kind of element."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text: dict[str, str] = {}
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        for tag in set(self._open):
            self.text[tag] = self.text.get(tag, "") + data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def words(self) -> str:
        """The text of the page, with single spaces."""
        return " ".join(self.text["body"].split())


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    return Predictor.load(write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.onnx"))


def card_of(
    predictor: Predictor, level: int, actual: str | None = None, point: str = "balanced"
) -> FilmCard:
    pixels = np.full((50, 60), level, dtype=np.uint8)
    return FilmCard.of(predictor.predict(pixels), pixels, point, actual=actual)


def test_every_film_has_its_finding_probability_and_thresholds(predictor: Predictor) -> None:
    # Logits 16 * brightness - 8 of scale one half: 0.081 and 0.946 for PNEUMONIA.
    cards = [card_of(predictor, 50, "NORMAL"), card_of(predictor, 219)]
    page = Page(render_findings_page(cards, [], predictor.manifest, title="Two films"))
    assert "2 films: 1 NORMAL, 1 PNEUMONIA" in page.words
    dark, bright = page.text["article"].split("image array")[1::2]
    assert " ".join(dark.split()).startswith(
        "Film Evidence for PNEUMONIA NORMAL: PNEUMONIA 8.1 %, below the threshold of 50.0 %."
    )
    assert "Actual class: NORMAL." in dark
    assert "PNEUMONIA: PNEUMONIA 94.6 %, above the threshold of 50.0 %." in bright
    assert "Actual class" not in bright
    assert "balanced 50.0 %" in bright
    assert "screening 10.0 %" in bright
    bars = [rect["width"] for rect in page.all("rect") if rect["class"] == "value"]
    assert bars == ["8.1%", "94.6%"]
    marks = [(line["class"], line["x1"]) for line in page.all("line")]
    assert marks == 2 * [("mark", "50.0%"), ("other mark", "10.0%")]


def test_the_operating_point_decides(predictor: Predictor) -> None:
    for point, finding, other in (
        (
            "balanced",
            "NORMAL: PNEUMONIA 23.6 %, below the threshold of 50.0 %",
            "At screening: PNEUMONIA.",
        ),
        (
            "screening",
            "PNEUMONIA: PNEUMONIA 23.6 %, above the threshold of 10.0 %",
            "At balanced: NORMAL.",
        ),
    ):
        card = card_of(predictor, 90, point=point)
        page = render_findings_page(
            [card], [], predictor.manifest, title="One film", operating_point=point
        )
        assert f"{finding}. {other}" in Page(page).words
    with pytest.raises(PneumoscopeError, match="operating point"):
        card_of(predictor, 90, point="none")


def test_every_class_but_the_normal_one_has_a_bar(tmp_path: Path) -> None:
    classes = ("NORMAL", "VIRUS", "BACTERIA")
    predictor = Predictor.load(write_tiny_model(tmp_path / "three.onnx", classes))
    page = render_findings_page([card_of(predictor, 128)], [], predictor.manifest, title="Three")
    widths = [float(r["width"][:-1]) for r in Page(page).all("rect") if r["class"] == "value"]
    prediction = predictor.predict(np.full((50, 60), 128, dtype=np.uint8))
    expected = [100 * prediction.probability(name) for name in classes[1:]]
    assert widths == pytest.approx(expected, abs=0.05)


def test_names_and_tags_cannot_become_markup(predictor: Predictor) -> None:
    card = card_of(predictor, 128)
    tags = FilmTags(format="DICOM", body_part="<img src=x onerror=alert(2)>", patient_age=0.5)
    hostile = replace(
        card, prediction=replace(card.prediction, film=f"ward/{HOSTILE}", tags=tags), actual=HOSTILE
    )
    page = render_findings_page(
        [hostile],
        [UnreadableFilm(f"ward/{HOSTILE}", f"no film: {HOSTILE}")],
        predictor.manifest,
        title=HOSTILE,
        caution=HOSTILE,
    )
    taken_apart = Page(page)
    assert report_page.Page(page).runs_only_its_own_script()
    assert "onerror=alert(2)>" in taken_apart.words
    assert taken_apart.text["h1"] == HOSTILE
    assert taken_apart.text["h3"] == HOSTILE.rpartition("/")[2]
    assert f"ward/{HOSTILE}: no film: {HOSTILE}" in taken_apart.words
    assert {name for _, attributes in taken_apart.elements for name in attributes} <= {
        *("alt", "aria-hidden", "aria-labelledby", "charset", "class", "content", "height"),
        *("data-films", "data-heat", "data-large", "data-name", "data-probability", "data-wrong"),
        *("http-equiv", "id", "lang", "name", "role", "rx", "src", "width"),
        *("x1", "x2", "y", "y1", "y2"),
    }


def test_names_cannot_reverse_the_text_after_them(predictor: Predictor) -> None:
    card = card_of(predictor, 128)
    reversing = "film\u202egnp.exe"
    page = render_findings_page(
        [replace(card, prediction=replace(card.prediction, film=reversing))],
        [UnreadableFilm(reversing, "no film")],
        predictor.manifest,
        title="Films",
    )
    assert "\u202e" not in page
    assert page.count("film?gnp.exe") == 6


def test_the_page_stands_alone_and_its_pictures_are_described(predictor: Predictor) -> None:
    cards = [card_of(predictor, level) for level in (10, 240)]
    page = render_findings_page(cards, [], predictor.manifest, title="Films")
    pictures = Page(page).all("img")
    assert len(pictures) == 1 + 2 * len(cards)
    for picture in pictures:
        assert picture["alt"]
        assert picture["src"].startswith("data:image/jpeg;base64,")
    assert "http://" not in page
    assert "https://" not in page
    assert "url(" not in page
    identifiers = [attributes["id"] for _, attributes in Page(page).elements if "id" in attributes]
    assert len(identifiers) == len(set(identifiers))


def test_the_page_names_the_model_its_films_and_their_licences(predictor: Predictor) -> None:
    words = Page(render_findings_page([], [], predictor.manifest, title="None")).words
    card = predictor.manifest.card
    assert "Research software, not a medical device." in words
    assert "Model tiny (tiny), licence Apache-2.0" in words
    assert f"Trained on {card.data_source}, licence {card.data_licence}" in words
    assert card.limitations in words


def test_films_are_named_without_the_folders_that_all_share(predictor: Predictor) -> None:
    card = card_of(predictor, 128)
    places = ("/home/someone/ward/a/1.png", "/home/someone/ward/b/1.png", "here/2.png")
    cards = [replace(card, prediction=replace(card.prediction, film=film)) for film in places]
    refused = [UnreadableFilm("/home/someone/ward/3.png", "it is cut off")]
    page = render_findings_page(cards, refused, predictor.manifest, title="Films")
    assert "/home/someone" not in page
    for shown in ("a/1.png", "b/1.png", "here/2.png", "3.png"):
        assert f"<bdi>{shown}</bdi>" in page


def test_the_caution_stands_above_the_films(predictor: Predictor) -> None:
    page = render_findings_page(
        [card_of(predictor, 128)], [], predictor.manifest, title="Drawings", caution="No films."
    )
    words = Page(page).words
    assert words.index("No films.") < words.index("1 film: ")


def test_films_that_could_not_be_read_are_listed(predictor: Predictor) -> None:
    unreadable = [UnreadableFilm("a.png", "it is cut off"), UnreadableFilm("b.dcm", "no image")]
    page = Page(render_findings_page([], unreadable, predictor.manifest, title="None"))
    assert page.text["h2"] == "2 films could not be read"
    assert "a.png: it is cut off b.dcm: no image" in page.words
    assert page.all("article") == []


def test_the_same_findings_give_the_same_page(predictor: Predictor) -> None:
    first, second = (
        render_findings_page([card_of(predictor, 128)], [], predictor.manifest, title="Films")
        for _ in range(2)
    )
    assert first == second


@pytest.mark.parametrize("shape", [(1, 1), (1, 3000), (3000, 1), (900, 1200)])
def test_pictures_are_small_and_keep_the_aspect(
    predictor: Predictor, shape: tuple[int, int]
) -> None:
    pixels = np.full(shape, 200, dtype=np.uint8)
    card = FilmCard.of(predictor.predict(pixels), pixels)
    sizes = {picture_of(uri).size for uri in (card.film_picture, card.heat_picture)}
    scale = min(1, 640 / max(shape))
    assert sizes == {(max(1, round(shape[1] * scale)), max(1, round(shape[0] * scale)))}


def test_only_the_heat_is_coloured(predictor: Predictor) -> None:
    card = card_of(predictor, 240)
    assert picture_of(card.film_picture).mode == "L"
    channels = np.asarray(picture_of(card.heat_picture)).reshape(-1, 3).astype(int)
    assert np.ptp(channels, axis=1).min() > 20


def picture_of(uri: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2])))
