"""From films that a service was sent to a model that was judged and calibrated on them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from drawn_films import drawn_film
from pneumoscope.cli.main import main
from served import serving

pytestmark = pytest.mark.slow  # processes that start, wait and end

FILMS = 16


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(one) for one in arguments])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A history of drawn films, all reviewed but one."""
    folder = tmp_path_factory.mktemp("service")
    options = ("--model", "phantoms", "--rate", "0")
    with (
        serving(folder, *options) as served,
        httpx.Client(base_url=served.url, timeout=60) as client,
    ):
        for seed in range(FILMS + 1):
            condition: Any = ("normal", "bacteria")[seed % 2]
            kind: Any = ("png", "dicom", "jpeg")[seed % 3]
            answer = client.post(
                "/v1/predictions",
                files={"film": ("../../same name", drawn_film(seed, kind, condition))},
            )
            (film,) = answer.json()["films"]
            body: dict[str, Any] = {"verdict": "unsure"}
            if seed < FILMS:
                body = {"verdict": None, "opinion": ("NORMAL", "PNEUMONIA")[seed % 2]}
            review = client.put(f"/v1/predictions/{film['id']}/review", json=body)
            assert review.status_code == 200
    return folder


def test_a_model_is_judged_and_calibrated_on_what_was_reviewed(
    folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "reviewed"
    handed = run("serve", "reviewed", out, "--folder", folder)
    assert handed.exit_code == 0, handed.output
    assert "Left out: 1 film without an opinion." in handed.stderr
    assert f"Wrote {FILMS} films ({FILMS // 2} NORMAL and {FILMS // 2} PNEUMONIA)" in handed.stdout

    judged = run("evaluate", "phantoms", out, "--json", "--replicates", 50)
    assert judged.exit_code == 0, judged.output
    assert json.loads(judged.stdout)["data"]["films"] == {
        "NORMAL": FILMS // 2,
        "PNEUMONIA": FILMS // 2,
    }

    fitted = run(
        *("export", "phantoms", "--recalibrate", "--data", out, "--out", tmp_path / "ours.onnx"),
        *("--cache", tmp_path / "cache"),
    )
    assert fitted.exit_code == 0, fitted.output
    again = run("evaluate", tmp_path / "ours.onnx", out, "--json", "--replicates", 50)
    assert again.exit_code == 0, again.output

    refused = run("serve", "reviewed", out, "--folder", folder)
    assert refused.exit_code == 1
    assert "is not empty" in refused.stderr


def test_where_there_is_nothing_to_hand_over_that_is_said(folder: Path, tmp_path: Path) -> None:
    none = run("serve", "reviewed", tmp_path / "out", "--folder", tmp_path / "mistyped")
    assert none.exit_code == 1
    assert "There is no history" in none.stderr
    wrong = run("serve", "--folder", folder, "reviewed", tmp_path / "out", "--model", "phantom")
    assert wrong.exit_code == 1
    assert "no model 'phantom'" in wrong.stderr
    assert list(tmp_path.iterdir()) == []
