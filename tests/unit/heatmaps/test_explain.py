"""`explain`: what is drawn for which films, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pneumoscope.errors import DatasetError, PneumoscopeError
from pneumoscope.heatmaps.explain import explain
from pneumoscope.inference.predictor import Predictor
from tiny_model import write_tiny_model


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    return Predictor.load(write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.onnx"))


@pytest.fixture
def films(tmp_path: Path) -> Path:
    """Dark and bright films; the tiny model is wrong on one of each, and one is broken."""
    for label, grays in (("NORMAL", (20, 60, 240)), ("PNEUMONIA", (200, 160, 10))):
        (tmp_path / "films" / label).mkdir(parents=True)
        for gray in grays:
            Image.new("L", (60, 40), gray).save(tmp_path / "films" / label / f"{gray}.png")
    (tmp_path / "films" / "NORMAL" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    return tmp_path / "films"


class Everywhere:
    """A method whose maps speak for the second class everywhere, twice as much below."""

    name = "everywhere"

    def maps(self, images: np.ndarray) -> np.ndarray:
        maps = np.zeros((len(images), 2, 2, 1), np.float32)
        maps[:, 1, :, 0] = 4, 8
        return maps


def test_every_film_gets_a_panel_and_a_map(
    predictor: Predictor, films: Path, tmp_path: Path
) -> None:
    steps: list[tuple[int, int]] = []
    explanation = explain(
        predictor, films, tmp_path / "out", batch_size=2, progress=lambda *step: steps.append(step)
    )
    names = [film.film.name for film in explanation.films]
    assert names == [f"NORMAL/{gray}.png" for gray in (20, 240, 60)] + [
        f"PNEUMONIA/{gray}.png" for gray in (10, 160, 200)
    ]
    written = {
        path.relative_to(tmp_path / "out").as_posix() for path in tmp_path.glob("out/**/[!.]*.*")
    }
    assert written == {
        *(f"panels/{name}.png" for name in names),
        *(f"maps/{name}.npy" for name in names),
        "maps/geometry.json",
        "contact-sheet.png",
    }
    assert [film.path for film in explanation.unreadable] == ["NORMAL/broken.png"]
    assert steps[-1] == (13, 13)
    assert [film.verdict for film in explanation.films[:2]] == [
        "Actual class NORMAL: right.",
        "Actual class NORMAL: wrong.",
    ]
    # A normal film is shown with the evidence for the finding, and there is none.
    assert explanation.films[0].shown == ("PNEUMONIA",)
    panel = np.asarray(Image.open(tmp_path / "out" / "panels" / "NORMAL" / "20.png.png"))
    assert (panel[200:400, -400:-100] == 20).all()


def test_only_chosen_films_are_drawn(predictor: Predictor, films: Path, tmp_path: Path) -> None:
    surest = explain(predictor, films, tmp_path / "out", only="errors", sort="certainty", limit=1)
    assert [film.film.name for film in surest.films] == ["PNEUMONIA/10.png"]
    assert surest.readable == 6
    screened = explain(predictor, films / "NORMAL", tmp_path / "other", operating_point="screening")
    assert {film.call.actual for film in screened.films} == {None}
    assert [film.call.called for film in screened.films] == ["NORMAL", "PNEUMONIA", "PNEUMONIA"]


def test_when_nothing_is_chosen_nothing_is_written(predictor: Predictor, tmp_path: Path) -> None:
    for label, gray in (("NORMAL", 10), ("PNEUMONIA", 240)):
        (tmp_path / label).mkdir()
        Image.new("L", (40, 40), gray).save(tmp_path / label / "film.png")
    explanation = explain(predictor, tmp_path, tmp_path / "out", only="errors")
    assert explanation.films == ()
    assert list((tmp_path / "out").iterdir()) == []


def test_maps_of_other_methods_fill_each_films_own_scale(
    predictor: Predictor, films: Path, tmp_path: Path
) -> None:
    explanation = explain(
        predictor, films, tmp_path / "out", mapper=Everywhere(), classes=["PNEUMONIA", "NORMAL"]
    )
    film = explanation.films[0]
    assert film.shown == ("PNEUMONIA", "NORMAL")
    assert film.geometry.evidence_scale == {"NORMAL": 8.0, "PNEUMONIA": 8.0}
    assert "cannot be compared" in explanation.drawing.scale_note
    raw = np.load(tmp_path / "out" / "maps" / film.geometry.map)
    np.testing.assert_array_equal(raw[1, :, 0], [4, 8])


def test_many_films_fill_several_sheets(predictor: Predictor, tmp_path: Path) -> None:
    for place in range(41):
        Image.new("L", (32, 32), 5 * place).save(tmp_path / f"{place}.png")
    explanation = explain(predictor, tmp_path, tmp_path / "out")
    assert [sheet.name for sheet in explanation.sheets] == [
        "contact-sheet-1.png",
        "contact-sheet-2.png",
    ]
    assert all(sheet.is_file() for sheet in explanation.sheets)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"classes": ["PNEUMONA"]}, "Did you mean 'PNEUMONIA'?"),
        ({"classes": ["NORMAL", "NORMAL"]}, "named twice"),
        ({"operating_point": "screning"}, "Did you mean 'screening'?"),
    ],
)
def test_unknown_names_end_the_job_before_it_starts(
    predictor: Predictor, films: Path, tmp_path: Path, settings: dict[str, str], message: str
) -> None:
    with pytest.raises(PneumoscopeError, match="(?i)" + message.replace("?", r"\?")):
        explain(predictor, films, tmp_path / "out", **settings)  # type: ignore[arg-type]
    assert not (tmp_path / "out").exists()


def test_errors_are_not_known_without_labels(
    predictor: Predictor, films: Path, tmp_path: Path
) -> None:
    with pytest.raises(DatasetError, match="no labels"):
        explain(predictor, films / "NORMAL", tmp_path / "out", only="errors")


def test_a_folder_that_holds_another_explanation_is_left_alone(
    predictor: Predictor, films: Path, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "report.html").write_text("of a run")
    with pytest.raises(PneumoscopeError, match=r"already holds report\.html"):
        explain(predictor, films, tmp_path / "out")
    with pytest.raises(PneumoscopeError, match="could not be made"):
        explain(predictor, films, tmp_path / "out" / "report.html" / "below")


def test_an_earlier_explanation_is_replaced_unless_it_was_changed(
    predictor: Predictor, films: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    explain(predictor, films, out)
    again = explain(predictor, films, out, limit=1)
    panels = sorted(out.rglob("panels/**/*.png"))
    assert len(panels) == len(again.films) == 1  # none of the earlier films is left
    with pytest.raises(PneumoscopeError, match="is one of the films"):
        explain(predictor, panels, out)
    panels[0].write_bytes(b"another picture")
    with pytest.raises(PneumoscopeError, match="changed since"):
        explain(predictor, films, out)


def test_when_no_film_can_be_read_the_first_reason_is_told(
    predictor: Predictor, films: Path, tmp_path: Path
) -> None:
    with pytest.raises(DatasetError, match=r"1 films could be read.*broken\.png"):
        explain(predictor, films / "NORMAL" / "broken.png", tmp_path / "out")
