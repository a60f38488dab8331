"""A service in which the processes that decode films fail by no fault of the films'."""

from __future__ import annotations

import os
from pathlib import Path

import httpx

from film_files import dicom, gray_film, picture
from served import serving

PREDICTIONS = "/v1/predictions"


def test_a_damaged_installation_is_no_verdict_on_a_film(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    path = os.pathsep.join((str(damaged), os.environ.get("PYTHONPATH", "")))
    with (
        serving(tmp_path, "--model", "phantoms", env={"PYTHONPATH": path}) as served,
        httpx.Client(base_url=served.url, timeout=60) as client,
    ):
        # The service has imported it by now; processes that decode start with the first film.
        (damaged / "pydicom.py").write_text("raise ImportError('a library is missing')")
        answer = client.post(PREDICTIONS, files={"film": ("film.dcm", dicom(gray_film()))})
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
        assert answer.json()["type"] == "urn:pneumoscope:problem:decoder-failed"
        assert "a library is missing" not in answer.text  # which is for the log
        assert "a library is missing" in served.log()
        assert client.get(PREDICTIONS).json()["predictions"] == []
        film = {"film": ("film.png", picture(gray_film(), "PNG"))}
        assert client.post(PREDICTIONS, files=film).status_code == 200
