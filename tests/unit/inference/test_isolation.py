"""Films decoded in processes of their own: the same answers, and limits that hold.

The limits are low here and the films ordinary: nothing that harms a decoder is needed.
"""

from __future__ import annotations

import dataclasses
import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pytest
from PIL import Image

import film_files
import tiff_files
from film_files import gray_film, picture
from pneumoscope.errors import DecoderError, ImageReadError
from pneumoscope.imaging.film import ReadLimits, UnreadableFilm
from pneumoscope.imaging.preprocessing import PreprocessConfig, preprocess
from pneumoscope.imaging.reading import Source, read_image
from pneumoscope.imaging.stripped.film import strip_film
from pneumoscope.imaging.thumbnails import small_values, thumbnail
from pneumoscope.imaging.values import read_values
from pneumoscope.inference import isolated_process
from pneumoscope.inference.isolated_process import WorkerLimits
from pneumoscope.inference.isolation import FilmWorkers
from pneumoscope.inference.messages import receive
from pneumoscope.inference.predictor import Predictor
from tiny_model import write_tiny_model

WHOLE_FILES = film_files.every_kind() | tiff_files.every_kind()
needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits memory")


@pytest.fixture(scope="module")
def workers() -> Iterator[FilmWorkers]:
    with FilmWorkers() as workers:
        yield workers


@pytest.fixture(scope="module")
def large_film() -> bytes:
    """An ordinary JPEG of 36 megapixels, of the kind that takes longest."""
    return picture(Image.new("L", (6000, 6000), 90), "JPEG", progressive=True)


def is_there(process: int) -> bool:
    """Whether a process is there, be it as a zombie."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def reason(workers: FilmWorkers, source: Source) -> str:
    with pytest.raises(ImageReadError) as caught:
        workers.read(source)
    return caught.value.reason


@pytest.mark.parametrize("name", sorted(WHOLE_FILES))
def test_films_are_the_same(workers: FilmWorkers, name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.film"
    path.write_bytes(WHOLE_FILES[name])
    here, there = read_image(path), workers.read(path)
    assert (there.name, there.tags, there.shape) == (here.name, here.tags, here.shape)
    np.testing.assert_array_equal(there.pixels, here.pixels)
    config = PreprocessConfig(size=32, fit="pad")
    prepared = workers.prepare(io.BytesIO(WHOLE_FILES[name]), config, copy=True)
    np.testing.assert_array_equal(prepared.film.pixels, preprocess(here.pixels, config))
    assert (prepared.film.tags, prepared.film.shape) == (here.tags, here.shape)
    assert set(prepared.timings) == {"read", "preprocess"}
    assert prepared.copy == strip_film(WHOLE_FILES[name])
    np.testing.assert_array_equal(workers.picture(path, 20), thumbnail(here.pixels, 20))
    values, values_here = workers.values(path), read_values(path)
    for field in dataclasses.fields(values):
        np.testing.assert_equal(getattr(values, field.name), getattr(values_here, field.name))
    small = small_values(values.values, 20, values.hidden)
    np.testing.assert_array_equal(workers.values(path, 20).values, small)
    assert len(workers.process_ids) == 1


@pytest.mark.parametrize("content", [None, b"", b"no film", WHOLE_FILES["png"][:200]])
def test_errors_are_the_same(workers: FilmWorkers, content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "ward \udce9.png"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ImageReadError) as here:
        read_image(path)
    with pytest.raises(ImageReadError) as there:
        workers.read(path)
    assert str(there.value) == str(here.value)
    assert there.value.name == here.value.name == str(path)
    assert len(workers.process_ids) == 1


def test_a_film_that_takes_too_long_is_given_up(large_film: bytes) -> None:
    with FilmWorkers(WorkerLimits(max_seconds=0.02)) as workers:
        assert "took more than 0.02 s to decode" in reason(workers, large_film)
        assert not workers.process_ids


@needs_linux
def test_a_film_that_needs_too_much_memory_is_given_up(large_film: bytes) -> None:
    large_bitmap = picture(Image.new("L", (6000, 6000), 90), "PNG")
    with FilmWorkers(WorkerLimits(max_memory=120 * 2**20)) as workers:
        assert "needed more than 0.117 GiB to decode" in reason(workers, large_bitmap)
        assert reason(workers, large_film)  # libjpeg takes a lack of memory for damage
        assert workers.read(WHOLE_FILES["jpeg"]).shape == gray_film().shape


def test_a_process_that_cannot_start_is_an_error_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    for program in ("/bin/false", "/no/such/program"):
        monkeypatch.setattr(sys, "executable", program)
        with FilmWorkers() as workers, pytest.raises(DecoderError, match="could not be started"):
            workers.read(WHOLE_FILES["png"])
        assert not workers.process_ids


def test_more_pixels_than_may_come_back_do_not() -> None:
    with FilmWorkers(WorkerLimits(max_output=1000)) as workers:
        assert "more than the limit of 1,000" in reason(workers, WHOLE_FILES["png"])
        small = workers.prepare(WHOLE_FILES["png"], PreprocessConfig(size=30))
        assert small.film.pixels.shape == (30, 30)


def test_limits_of_reading_hold_in_the_process() -> None:
    with FilmWorkers(read_limits=ReadLimits(max_pixels=100)) as workers:
        assert "more than the limit of 100" in reason(workers, WHOLE_FILES["png"])


def killed(workers: FilmWorkers, known: int | None = None) -> int:
    """Kill the process that reads a film in another thread, and is not the `known` one."""
    patience = time.monotonic() + 30
    while time.monotonic() < patience:
        for process in set(workers.process_ids) - {known}:
            os.kill(process, signal.SIGSTOP)
            time.sleep(0.1)
            os.kill(process, signal.SIGKILL)
            return process
        time.sleep(0.001)
    raise TimeoutError


def test_a_film_outlives_one_process_that_is_killed_and_not_a_second(large_film: bytes) -> None:
    with FilmWorkers() as workers, ThreadPoolExecutor(1) as thread:
        workers.read(WHOLE_FILES["png"])
        film = thread.submit(workers.read, large_film)
        process = killed(workers)
        assert film.result().shape == (6000, 6000)
        assert not is_there(process)
    with FilmWorkers() as workers, ThreadPoolExecutor(1) as thread:
        workers.read(WHOLE_FILES["png"])
        told = thread.submit(reason, workers, large_film)
        killed(workers, known=killed(workers))
        assert "ended unexpectedly (signal 9, SIGKILL)" in told.result()
        assert workers.read(WHOLE_FILES["png"]).shape == gray_film().shape


def test_an_answer_as_time_is_over_is_taken_and_its_process_not_used_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with FilmWorkers(WorkerLimits(max_seconds=1)) as workers:
        workers.read(WHOLE_FILES["png"])
        (process,) = workers.process_ids

        def receive_late(stream: BinaryIO, *limits: int) -> tuple[dict[str, Any], bytes]:
            answer = receive(stream, *limits)
            assert not stream.read()  # the end of the process
            return answer

        with monkeypatch.context() as patched:
            patched.setattr(isolated_process, "receive", receive_late)
            assert workers.read(WHOLE_FILES["png"]).shape == gray_film().shape
        assert process not in workers.process_ids


def test_a_defect_in_the_process_is_no_verdict_on_the_film(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "pydicom.py").write_text("raise ImportError('it is damaged')")
    monkeypatch.syspath_prepend(tmp_path)
    with FilmWorkers() as workers:
        with pytest.raises(DecoderError, match=r"ImportError: it is damaged \(pydicom.py:1\)"):
            workers.read(film_files.dicom(gray_film()))
        assert workers.read(WHOLE_FILES["png"]).shape == gray_film().shape


def test_where_a_copy_fails_the_film_is_read_all_the_same() -> None:
    with FilmWorkers(WorkerLimits(max_output=1000)) as workers:
        film = workers.prepare(WHOLE_FILES["png"], PreprocessConfig(size=30), copy=True)
        assert film.film.pixels.shape == (30, 30)
        assert film.copy is None
        assert "more than the limit of 1,000" in film.copy_failed
        assert workers.prepare(WHOLE_FILES["png"], PreprocessConfig(size=30)).copy_failed == ""


@needs_linux
def test_a_process_knows_no_passwords_of_whoever_started_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PNEUMOSCOPE_HISTORY", "postgresql://films:secret@host/films")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    with FilmWorkers() as workers:
        workers.read(WHOLE_FILES["png"])
        (process,) = workers.process_ids
        environment = Path(f"/proc/{process}/environ").read_bytes()
    assert b"secret" not in environment
    assert b"LC_ALL=C.UTF-8" in environment


def test_a_process_is_replaced_after_so_many_films_and_where_it_grew(large_film: bytes) -> None:
    with FilmWorkers(WorkerLimits(max_films=2)) as workers:
        seen = []
        for _ in range(5):
            workers.read(WHOLE_FILES["png"])
            seen.append(workers.process_ids)
    assert [len(processes) for processes in seen] == [1, 0, 1, 0, 1]
    assert len({*seen[0], *seen[2], *seen[4]}) == 3
    with FilmWorkers(WorkerLimits(max_memory=2**28)) as workers:
        workers.read(large_film)
        assert not workers.process_ids


def test_a_process_does_not_answer_for_the_memory_of_the_one_that_started_it() -> None:
    assert np.ones(2**28, dtype=np.uint8).any()  # held once, and given back
    with FilmWorkers(WorkerLimits(max_memory=2**28)) as workers:
        workers.read(WHOLE_FILES["png"])
        assert len(workers.process_ids) == 1


def test_no_process_remains() -> None:
    with FilmWorkers() as workers, ThreadPoolExecutor(2) as threads:
        list(threads.map(workers.read, [WHOLE_FILES["png"]] * 20))
        processes = workers.process_ids
        assert 1 <= len(processes) <= 2
    assert not any(map(is_there, processes))
    with pytest.raises(DecoderError, match="ended already"):
        workers.read(WHOLE_FILES["png"])


def test_predictions_are_the_same_and_keep_their_order(tmp_path: Path) -> None:
    predictor = Predictor.load(write_tiny_model(tmp_path / "tiny.onnx"))
    sources = [*WHOLE_FILES.values(), b"no film", gray_film(), WHOLE_FILES["png"][:200]]
    here = list(predictor.predict_many(sources, batch_size=3))
    with FilmWorkers() as workers:
        there = list(predictor.predict_many(sources, batch_size=3, isolation=workers))
    for one, other in zip(here, there, strict=True):
        if isinstance(one, UnreadableFilm):
            assert other == one
        else:
            assert not isinstance(other, UnreadableFilm)
            assert other.probabilities == one.probabilities
            assert other.tags == one.tags


@needs_linux
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_command_that_is_ended_leaves_no_process(
    number: signal.Signals, large_film: bytes, tmp_path: Path
) -> None:
    model = write_tiny_model(tmp_path / "tiny.onnx")
    (tmp_path / "films").mkdir()
    for index in range(40):
        (tmp_path / "films" / f"{index}.jpeg").write_bytes(large_film)
    arguments = ["predict", str(tmp_path / "films"), "--isolate", "--model", str(model)]
    command = subprocess.Popen(
        [sys.executable, "-m", "pneumoscope", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    children = Path(f"/proc/{command.pid}/task").glob
    processes: list[int] = []
    patience = time.monotonic() + 30
    while not processes and time.monotonic() < patience:
        time.sleep(0.05)
        lists = [path.read_text().split() for path in children("*/children")]
        processes = [int(process) for found in lists for process in found]
    assert processes
    time.sleep(0.3)
    command.send_signal(number)
    _, errors = command.communicate(timeout=30)
    while any(map(is_there, processes)) and time.monotonic() < patience:
        time.sleep(0.05)
    assert not any(map(is_there, processes))
    assert b"Traceback" not in errors
