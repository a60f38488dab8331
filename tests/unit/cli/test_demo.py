"""`pneumoscope demo`, from the command line to its page."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from pneumoscope.cli.main import main
from pneumoscope.imaging.reading import read_image
from pneumoscope.wording import NOTICE
from tiny_model import write_tiny_model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.onnx")


def run(model: Path, *arguments: str | Path, stdin: bytes | None = None) -> Result:
    command = ["demo", *map(str, arguments), "--model", str(model)]
    return CliRunner().invoke(main, command, input=stdin)


@pytest.fixture(scope="module")
def shown(model: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, Path]:
    """What the demo printed without films of ours, and its folder."""
    out = tmp_path_factory.mktemp("demo") / "out"
    return run(model, "--out", out), out


def test_phantoms_are_drawn_in_every_format_and_both_classes(shown: tuple[Result, Path]) -> None:
    films = sorted((shown[1] / "films").glob("phantom-*"))
    assert len(films) == 12
    for suffix, name in ((".jpeg", "JPEG"), (".png", "PNG"), (".dcm", "DICOM")):
        of_one_format = [film for film in films if film.suffix == suffix]
        assert len(of_one_format) == 4
        assert {film.stem.split("-")[2] for film in of_one_format} == {
            *("normal", "bacteria", "virus"),
        }
        assert read_image(of_one_format[0]).tags.format == name


def test_a_table_overlays_and_a_page_come_out(shown: tuple[Result, Path]) -> None:
    result, out = shown
    assert result.exit_code == 0
    assert result.stderr == ""
    page = (out / "index.html").read_text(encoding="utf-8")
    for film in (out / "films").glob("phantom-*"):
        assert str(film) in result.stdout
        assert f"<bdi>{film.name}</bdi>" in page
        with Image.open(out / "overlays" / f"{film.name}.png") as overlay:
            overlay.verify()
    assert page.count("<article") == 12
    assert page.count("Actual class: NORMAL.") == page.count("Actual class: PNEUMONIA.") == 6
    assert page.count("frames: opacities as drawn") == 6
    assert NOTICE in page
    assert len(page) < 1_000_000


def test_a_page_of_text_among_the_films_is_refused_with_the_reason(
    shown: tuple[Result, Path],
) -> None:
    result, out = shown
    page = (out / "index.html").read_text(encoding="utf-8")
    for text in (result.stdout, page):
        assert "1 film could not be read" in text
        assert "page-of-text.txt" in text
        assert "not a JPEG, PNG" in text


def test_of_another_model_the_findings_on_phantoms_are_called_meaningless(
    shown: tuple[Result, Path],
) -> None:
    result, out = shown
    for text in (result.stdout, (out / "index.html").read_text(encoding="utf-8")):
        words = " ".join(text.split())
        assert "computer drawings, not radiographs" in words
        assert "mean nothing here" in words


def test_the_model_of_the_demo_finds_what_was_drawn(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["demo", "--out", str(tmp_path)])
    assert result.exit_code == 0
    assert "Model phantoms." in result.stdout
    for line in result.stdout.splitlines():
        if "phantom-" in line:
            assert ("PNEUMONIA  " in line) == ("-normal" not in line)
    words = " ".join(result.stdout.split())
    assert "not how well radiographs are read" in words
    assert "mean nothing" not in words


def test_the_end_says_where_the_page_is_and_how_to_read_real_films(
    shown: tuple[Result, Path],
) -> None:
    result, out = shown
    assert result.stdout.endswith(
        f"Page: {out / 'index.html'}\nHeatmaps: {out / 'overlays'}\n\nOn real films:\n"
        "  pneumoscope predict FILES...\n  pneumoscope demo FILMS... --out DIR\n"
        "As a page on which to drop films, with a history:\n  pneumoscope serve\n"
    )


def test_without_the_service_the_end_says_how_to_install_it(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "fastapi", None)
    result = run(model, "--out", tmp_path / "out")
    assert result.exit_code == 0
    assert re.search(
        r"pneumoscope serve\n  Install .*: pip install .*\[serve\]\"\n$", result.stdout
    )


def test_a_second_run_writes_the_same(model: Path, tmp_path: Path) -> None:
    pages = []
    for _ in range(2):
        assert run(model, "--out", tmp_path).exit_code == 0
        pages.append((tmp_path / "index.html").read_bytes())
    assert pages[0] == pages[1]


@pytest.fixture
def ward(tmp_path: Path) -> Path:
    """A film of a hostile name, and a broken one."""
    (tmp_path / "ward").mkdir()
    Image.new("L", (60, 50), 220).save(tmp_path / "ward" / "<b>film.png")
    (tmp_path / "ward" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nand then nothing")
    return tmp_path / "ward"


def test_given_films_the_page_is_about_those(model: Path, ward: Path, tmp_path: Path) -> None:
    result = run(model, ward, "--out", tmp_path / "out")
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert result.exit_code == 3
    assert page.count("<article") == 1
    assert "<bdi>&lt;b&gt;film.png</bdi>" in page
    assert "1 film could not be read" in page
    assert "<bdi>broken.png</bdi>" in page
    assert str(tmp_path) not in page
    for text in (page, result.stdout):
        assert "phantom" not in text.lower()
        assert "Actual class" not in text
    names = sorted(path.name for path in (tmp_path / "out").glob("[!.]*"))
    assert names == ["index.html", "overlays"]


def test_a_film_comes_through_a_pipe(model: Path, ward: Path, tmp_path: Path) -> None:
    stdin = (ward / "<b>film.png").read_bytes()
    result = run(model, "-", "--out", tmp_path / "out", stdin=stdin)
    assert result.exit_code == 0
    assert "<bdi>stdin</bdi>" in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")


def test_where_no_film_was_read_the_page_says_so(model: Path, ward: Path, tmp_path: Path) -> None:
    result = run(model, ward / "broken.png", "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert "1 film could not be read" in (tmp_path / "out" / "index.html").read_text("utf-8")
    assert "Heatmaps" not in result.stdout


def test_a_folder_that_cannot_be_made_is_an_error(model: Path, ward: Path) -> None:
    result = run(model, "--out", ward / "broken.png" / "out")
    assert result.exit_code == 1
    assert "could not be written" in result.stderr
    assert result.stdout == ""


def test_the_demo_loads_no_torch(model: Path, tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from pneumoscope.cli.main import main\n"
        "try:\n"
        "    main(sys.argv[1:])\n"
        "finally:\n"
        "    print('MODULES', *{name.partition('.')[0] for name in sys.modules})\n"
    )
    command = ["demo", "--out", str(tmp_path), "--model", str(model)]
    done = subprocess.run(
        [sys.executable, "-c", script, *command], capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.rpartition("MODULES ")[2].split())
    assert {"onnxruntime", "pydicom", "jinja2"} <= loaded
    assert not loaded & {"torch", "torchvision", "timm", "lightning", "torchmetrics", "onnx"}
