"""Films that were sent, and the copies that are kept of them."""

from __future__ import annotations

import pytest

from film_files import gray_film, picture
from pneumoscope.imaging.film import ReadLimits
from pneumoscope.imaging.preprocessing import PreprocessConfig
from pneumoscope.imaging.reading import read_image
from pneumoscope.inference.isolated_process import WorkerLimits
from pneumoscope.inference.isolation import FilmWorkers
from pneumoscope.serving.preparing import prepare_sent
from pneumoscope.serving.settings import worker_limits
from pneumoscope.serving.uploads import UploadedFilm

DEEP = picture(gray_film(bits=12), "PNG")
CONFIG = PreprocessConfig(size=30)


@pytest.mark.parametrize(
    ("most", "copied", "note"),
    [
        (WorkerLimits.max_output, "all", ""),
        (len(DEEP) - 1, "gray levels", "the copy holds gray levels of 8 bits alone (a full one"),
        (1_000, "nothing", "no copy is kept, since none could be made (its decoder failed"),
    ],
)
def test_the_tags_tell_what_a_copy_lacks(most: int, copied: str, note: str) -> None:
    sent = UploadedFilm("ward.png", DEEP)
    with FilmWorkers(WorkerLimits(max_output=most)) as workers:
        film, copy = prepare_sent(workers, sent, CONFIG, copy=True)
    assert film.image.shape == (30, 30)
    assert "".join(film.tags.notes)[: len(note) or None] == note
    bits = None if copy is None else read_image(copy).tags.bits
    assert bits == {"all": 16, "gray levels": 8, "nothing": None}[copied]


def test_larger_films_may_come_back_where_larger_ones_are_read() -> None:
    assert worker_limits(ReadLimits()).max_output == WorkerLimits.max_output
    assert worker_limits(ReadLimits(max_pixels=10**9)).max_output > 2 * 10**9
