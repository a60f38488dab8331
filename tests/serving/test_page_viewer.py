"""The film on the page: the gray levels that the program reads, and what hands and keys do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import pytest
from numpy.typing import NDArray

from film_files import dicom, gray_film, lut, picture
from pneumoscope.imaging.dicom.window import apply_window
from pneumoscope.imaging.reading import read_image
from pneumoscope.imaging.values import read_values
from served import Served, serving
from watched_page import PHONE, Watched, playwright, watched

pytestmark = [pytest.mark.browser, pytest.mark.slow]
expect = playwright.expect
expect.set_options(timeout=60_000)

# What the canvas of a pane holds, around its middle.
_GRAY = """([index, width, height]) => {
  const canvas = document.querySelectorAll("canvas.film")[index];
  const [left, top] = [canvas.width - width, canvas.height - height].map((room) =>
    Math.round(room / 2),
  );
  const copy = Object.assign(document.createElement("canvas"), { width, height });
  const paper = copy.getContext("2d", { willReadFrequently: true });
  paper.drawImage(canvas, -left, -top);
  const { data } = paper.getImageData(0, 0, width, height);
  return [...data].filter((_, place) => place % 4 === 0);
}"""
# How far apart both painters are, wherever a film lies; the graphics processor is pretended.
_PAINTERS = """async ([id, matrices]) => {
  const { CanvasPainter } = await import("/static/viewer/canvas_painter.js");
  const { GpuPainter } = await import("/static/viewer/gpu_painter.js");
  const { filmValues } = await import("/static/viewer/values.js");
  const { grayLevels } = await import("/static/viewer/windows.js");
  const film = await filmValues(id, null, new AbortController().signal);
  const painted = (Painter, matrix) => {
    const canvas = document.createElement("canvas");
    canvas.width = 90; canvas.height = 70;
    const painter = new Painter(canvas, { slow: true });
    painter.take([film]);
    painter.colour(grayLevels(film, null, false));
    painter.paint(0, matrix);
    const copy = document.createElement("canvas");
    copy.width = 90; copy.height = 70;
    const paper = copy.getContext("2d");
    paper.drawImage(canvas, 0, 0);
    return paper.getImageData(0, 0, 90, 70).data;
  };
  return matrices.map((matrix) => {
    const [one, other] = [CanvasPainter, GpuPainter].map((Painter) => painted(Painter, matrix));
    const apart = one.map((level, place) => Math.abs(level - other[place]));
    return [Math.max(...apart), Math.max(...one.filter((_, place) => place % 4 === 0))];
  });
}"""


def tables() -> dict[str, Any]:
    """A modality LUT that turns values around, and a VOI LUT."""
    return {
        "ModalityLUTSequence": [lut(0, list(range(4095, -1, -1)))],
        "VOILUTSequence": [lut(0, [value // 32 for value in range(4096)], bits=8)],
    }


def kinds() -> dict[str, bytes]:
    """Films whose values become gray levels in ways of their own."""
    deep = gray_film(300, 200, 12)
    padded = deep.astype(np.int16) - 1000
    padded[:40] = -2000
    return {
        "plain.jpeg": picture(gray_film(300, 200), "JPEG", quality=90),
        "deep.png": picture(gray_film(300, 200, 16), "PNG"),
        "window.dcm": dicom(
            deep, bits=12, WindowCenter=[1800, 900], WindowWidth=[2000, 600],
            PhotometricInterpretation="MONOCHROME1", PixelSpacing=[0.5, 0.25],
        ),
        "padded.dcm": dicom(
            padded, bits=16, PixelPaddingValue=-2000, RescaleSlope=2, RescaleIntercept=-10,
            WindowCenter=300, WindowWidth=5000, VOILUTFunction="SIGMOID",
        ),
        "tables.dcm": dicom(deep, bits=12, **tables()),
        "upright.tif": picture(gray_film(200, 300, 16), "TIFF", tiffinfo={274: 6}),
    }  # fmt: skip


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("viewer"), "--keep", "whole", "--rate", "0") as running:
        for name, film in kinds().items():
            sent = httpx.post(
                f"{running.url}/v1/predictions", files={"film": (name, film)}, timeout=60
            )
            assert sent.status_code == 200, sent.text
        yield running


def record(served: Served, name: str) -> dict[str, Any]:
    found = httpx.get(f"{served.url}/v1/predictions", params={"search": name}).json()
    return dict(found["predictions"][0])


def gray(seen: Watched, shape: tuple[int, ...], index: int = 0) -> NDArray[np.int_]:
    """The gray levels that are seen, of a film that is shown pixel for pixel."""
    seen.page.evaluate("() => new Promise((go) => requestAnimationFrame(() => setTimeout(go)))")
    levels = seen.page.evaluate(_GRAY, [index, shape[1], shape[0]])
    return np.array(levels).reshape(shape[:2])


def open_pixels(seen: Watched, name: str) -> None:
    """Open a film pixel for pixel."""
    seen.open_film(name)
    seen.page.locator(".frame").first.focus()
    seen.page.keyboard.press("o")


@pytest.mark.parametrize("name", kinds())
def test_gray_levels_are_those_that_the_program_reads(
    chromium: Any, served: Served, name: str
) -> None:
    pixels = read_image(kinds()[name]).pixels
    with watched(chromium, served.url) as seen:
        open_pixels(seen, name)
        assert np.abs(gray(seen, pixels.shape) - pixels).max() <= 1
        seen.page.keyboard.press("i")
        inverse = gray(seen, pixels.shape)
        shown = pixels > 0  # what is no part of a film stays black
        assert np.abs(inverse[shown] - (255 - pixels[shown].astype(int))).max() <= 1
        seen.page.keyboard.press("i")
        seen.page.keyboard.press("r")
        turned = np.rot90(pixels, -1)
        assert np.abs(gray(seen, turned.shape) - turned).max() <= 1
        seen.page.keyboard.press("m")
        assert np.abs(gray(seen, turned.shape) - turned[:, ::-1]).max() <= 1
        assert seen.complaints == []


def test_windows_are_those_of_the_standard(chromium: Any, served: Served) -> None:
    for name, (centre, width, function) in {
        "window.dcm": (900, 600, "LINEAR"),
        "padded.dcm": (300, 5000, "SIGMOID"),
    }.items():
        film = read_values(kinds()[name])
        wanted = apply_window(film.values * film.slope + film.intercept, centre, width, function)
        wanted = 255 - wanted if film.inverse else wanted
        if film.hidden is not None:
            wanted[film.values == film.hidden] = 0
        with watched(chromium, served.url) as seen:
            open_pixels(seen, name)
            levels = seen.page.get_by_label("Gray levels")
            levels.select_option(f"Window {width:,} at {centre}")
            assert np.abs(gray(seen, wanted.shape) - wanted).max() <= 1
            expect(seen.page.locator(".rendering")).to_contain_text("other than the model saw")
            levels.select_option("All values")
            seen_values = film.values[film.values != film.hidden]
            whole = (film.values - seen_values.min()) / np.ptp(seen_values) * 255
            whole = 255 - whole if film.inverse else whole
            if film.hidden is not None:
                whole[film.values == film.hidden] = 0
            assert np.abs(gray(seen, wanted.shape) - whole).max() <= 1
            levels.select_option("As the model saw it")
            pixels = read_image(kinds()[name]).pixels
            assert np.abs(gray(seen, pixels.shape) - pixels).max() <= 1


def test_windows_follow_hands_and_keys(chromium: Any, served: Served) -> None:
    pixels = read_image(kinds()["deep.png"]).pixels
    with watched(chromium, served.url) as seen:
        page = seen.page
        open_pixels(seen, "deep.png")
        box = page.locator(".frame").bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down(button="right")
        page.mouse.move(x, y - 100)  # brighter
        page.mouse.up(button="right")
        brighter = gray(seen, pixels.shape)
        assert brighter.mean() > pixels.mean() + 20
        expect(page.get_by_label("Gray levels")).to_have_value("custom")
        page.keyboard.press("w")
        page.keyboard.press("ArrowRight")  # wider: less contrast
        assert gray(seen, pixels.shape).std() < brighter.std()
        page.keyboard.press("ArrowDown")
        assert gray(seen, pixels.shape).mean() < brighter.mean()


def test_lengths_and_angles_are_told(chromium: Any, served: Served) -> None:
    with watched(chromium, served.url) as seen:
        page = seen.page
        seen.open_film("plain.jpeg")
        expect(page.get_by_role("button", name="Ruler")).to_be_disabled()
        open_pixels(seen, "window.dcm")
        page.keyboard.press("l")
        box = page.locator(".frame").bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.click(x - 40, y)
        page.mouse.click(x + 40, y + 30)
        text = page.locator(".measures text")
        expect(text).to_have_text("25.0\u00a0mm")  # 80 columns of 0.25 mm, 30 rows of 0.5 mm
        expect(page.locator("#said")).to_have_text("25.0\u00a0mm")
        page.keyboard.press("+")  # it stays where it was on the film
        expect(text).to_have_text("25.0\u00a0mm")
        page.keyboard.press("o")

        page.keyboard.press("g")
        page.mouse.click(x - 40, y)
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.up()
        page.mouse.click(x, y + 40)
        expect(text.last).to_have_text("90.0°")
        page.locator(".frame").focus()
        page.keyboard.press("Backspace")
        expect(text).to_have_count(1)

        # The same by keys alone.
        page.keyboard.press("l")
        page.mouse.move(0, 0)
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("Enter")
        for _ in range(10):
            page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        expect(text.last).to_have_text("10.0\u00a0mm")  # 40 columns
        page.get_by_role("button", name="Remove measures").click()
        expect(text).to_have_count(0)
        assert seen.complaints == []


def test_films_stand_side_by_side(chromium: Any, served: Served) -> None:
    with watched(chromium, served.url) as seen:
        page = seen.page
        seen.open_film("deep.png")
        page.keyboard.press("p")
        expect(page.locator(".frame")).to_have_count(2)
        seen.open_film("window.dcm")
        titles = page.locator(".pane-title")
        expect(titles.first).to_have_text("deep.png")
        expect(titles.last).to_have_text("window.dcm")
        for index, name in enumerate(("deep.png", "window.dcm")):
            page.locator(".frame").nth(index).focus()
            page.keyboard.press("o")
            pixels = read_image(kinds()[name]).pixels
            assert np.abs(gray(seen, pixels.shape, index) - pixels).max() <= 1
        page.get_by_role("button", name="Keep beside").click()
        expect(page.locator(".frame")).to_have_count(1)
        expect(titles).to_be_empty()
        assert seen.complaints == []


def test_a_film_read_blind_shows_no_heat_beside_another(chromium: Any, served: Served) -> None:
    path = f"{served.url}/v1/predictions/{record(served, 'deep.png')['id']}/review"
    httpx.put(path, json={"verdict": "agree", "reviewer": "A. Reader"}).raise_for_status()
    with watched(chromium, served.url) as seen:
        page = seen.page
        page.evaluate("() => localStorage.setItem('pneumoscope-reviewer', 'A. Reader')")
        page.reload()
        page.get_by_role("button", name="Blind").click()
        seen.open_film("window.dcm")
        page.keyboard.press("p")
        seen.open_film("deep.png")
        heat = page.locator("canvas.heat")
        expect(heat.last).to_be_visible()  # it was reviewed
        expect(heat.first).to_be_hidden()


def test_no_film_is_seen_under_the_name_of_another(chromium: Any, served: Served) -> None:
    brightest = """() => {
      const canvas = document.querySelector("canvas.film");
      const paper = document.createElement("canvas").getContext("2d");
      paper.drawImage(canvas, 0, 0, 300, 150);
      const { data } = paper.getImageData(0, 0, 300, 150);
      return data.reduce((most, level, place) => Math.max(most, place % 4 < 3 ? level : 0), 0);
    }"""
    with watched(chromium, served.url) as seen:
        page = seen.page
        open_pixels(seen, "deep.png")
        held: list[Any] = []
        page.route("**/values*", lambda route: held.append(route))
        seen.row("plain.jpeg").get_by_role("link").click()
        expect(page.locator("#film-title")).to_have_text("plain.jpeg")
        expect(page.locator(".stage-message")).to_have_text("The picture is loading.")
        expect(page.locator("canvas.film")).to_be_visible()
        assert page.evaluate(brightest) == 0
        held[0].continue_()
        expect(page.locator(".stage-message")).to_be_empty()
        assert seen.complaints == []


def test_weak_heat_is_left_out(chromium: Any, served: Served) -> None:
    opaque = """() => {
      const canvas = document.querySelector("canvas.heat");
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      return data.filter((_, place) => place % 4 === 3).filter(Boolean).length;
    }"""
    with watched(chromium, served.url) as seen:
        seen.open_film("plain.jpeg")
        every = seen.page.evaluate(opaque)
        least = seen.page.get_by_label("Weakest evidence shown")
        least.fill("60")
        fewer = seen.page.evaluate(opaque)
        least.fill("0")
        assert 0 <= fewer < every == seen.page.evaluate(opaque)


def test_both_painters_paint_the_same(chromium: Any, served: Served) -> None:
    matrices = [
        [1, 0, 0, 1, 0, 0],
        [0.31, 0, 0, 0.23, 4.4, -3.2],
        [0, 2.5, -2.5, 0, 300, -40],
        [-1.7, 0, 0, 1.7, 120.3, -60.8],
    ]
    with watched(chromium, served.url) as seen:
        for name in ("plain.jpeg", "padded.dcm"):
            made = seen.page.evaluate(_PAINTERS, [record(served, name)["id"], matrices])
            assert all(apart <= 1 and brightest > 30 for apart, brightest in made), made


def test_fingers_move_and_magnify(chromium: Any, served: Served) -> None:
    with watched(chromium, served.url, PHONE) as seen:
        page = seen.page
        seen.open_film("window.dcm")
        scale = page.locator(".scale")
        whole = scale.inner_text()
        box = page.locator(".frame").bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        touch = page.context.new_cdp_session(page)

        def fingers(kind: str, *places: tuple[float, float]) -> None:
            points = [{"x": px, "y": py, "id": number} for number, (px, py) in enumerate(places)]
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

        fingers("touchStart", (x - 20, y), (x + 20, y))
        for step in range(1, 6):
            fingers("touchMove", (x - 20 - 8 * step, y), (x + 20 + 8 * step, y))
        fingers("touchEnd")
        expect(scale).not_to_have_text(whole)
        page.get_by_role("button", name="Whole film").click()
        expect(scale).to_have_text(whole)
        assert seen.complaints == []
