"""Model files that are changed while they are served."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from load import Answer, Load
from pneumoscope.imaging.preprocessing import PreprocessConfig
from pneumoscope.modelfile.file import write_model_file
from pneumoscope.modelfile.manifest import ModelManifest
from served import serving
from tiny_model import tiny_graph, tiny_manifest

pytestmark = pytest.mark.slow  # processes that start, wait and end


def write_model(path: Path, size: int, threshold: float, name: str = "tiny") -> ModelManifest:
    """Put a tiny model for images of a size, called at a threshold, in the place of what is there,
    in one step; returns its manifest."""
    points = {"balanced": {"NORMAL": 1 - threshold, "PNEUMONIA": threshold}}
    manifest = tiny_manifest(
        name=name, preprocess=PreprocessConfig(size=size), operating_points=points
    )
    return write_model_file(tiny_graph(size=size), manifest, path)


def failures(client: httpx.Client) -> list[str]:
    """Names of models, and nothing of where they lie."""
    answer = client.get("/readyz")
    assert answer.status_code == 200
    return answer.json()["model_failures"]  # type: ignore[no-any-return]


def wait_until(what: Any, happens: Any) -> Any:
    end = time.monotonic() + 60
    while not happens(value := what()):
        assert time.monotonic() < end, value
        time.sleep(0.05)
    return value


def told(answer: Answer) -> tuple[str, float]:
    """The graph and the threshold that an answer names."""
    assert answer.status == 200, answer.body
    return answer.document["model"]["graph_sha256"], answer.document["thresholds"]["PNEUMONIA"]


def test_a_changed_file_takes_over_without_a_request_lost(tmp_path: Path) -> None:
    path = tmp_path / "tiny.onnx"
    versions = [(32, 0.3), (64, 0.4), (32, 0.6)]
    known = [(write_model(path, *versions[0]).graph_sha256, versions[0][1])]
    with (
        serving(tmp_path, "--model", str(path), "--rate", "0") as served,
        Load(served.port, clients=8) as load,
        httpx.Client(base_url=served.url, timeout=60) as client,
    ):
        load.wait_for(20)
        for version in versions[1:]:
            known.append((write_model(path, *version).graph_sha256, version[1]))
            wait_until(lambda: told(load.answers[-1]), lambda now: now == known[-1])
        load.wait_for(len(load.answers) + 20)
        (listed,) = (m for m in client.get("/v1/models").json() if m["name"] == "tiny")
        assert listed["operating_points"]["balanced"]["PNEUMONIA"] == 0.6
    assert load.lost == []
    seen = [told(answer) for answer in load.answers]
    assert set(seen) == set(known)
    with serving(tmp_path, "--model", str(path)) as served, httpx.Client() as client:
        # Whatever is served now, what was said by another model stays as it was.
        for answer in (load.answers[0], load.answers[-1]):
            url = f"{served.url}/v1/predictions/{answer.identifier}"
            assert client.get(url).json() == answer.document["films"][0]


def test_a_file_that_cannot_be_used_changes_nothing(tmp_path: Path) -> None:
    path, kept, broken = (tmp_path / name for name in ("tiny.onnx", "kept.onnx", "broken.onnx"))
    write_model(path, 32, 0.3)
    kept.hardlink_to(path)
    broken.write_bytes(path.read_bytes()[:-100])
    with (
        serving(tmp_path, "--model", str(path), "--rate", "0") as served,
        httpx.Client(base_url=served.url, timeout=60) as client,
        Load(served.port, clients=4) as load,
    ):

        def wait_for_failure(word: str) -> None:
            wait_until(served.log, lambda log: re.search(f"model kept model=tiny .*{word}", log))
            assert failures(client) == ["tiny"]
            load.wait_for(len(load.answers) + 8)

        broken.replace(path)
        wait_for_failure("damaged")
        write_model(path, 32, 0.3, name="renamed")
        wait_for_failure("renamed")
        path.unlink()
        wait_for_failure("No such file")
        kept.replace(path)
        wait_until(lambda: failures(client), lambda now: not now)
        write_model(path, 64, 0.5)
        wait_until(lambda: told(load.answers[-1])[1], lambda now: now == 0.5)
    assert load.lost == []
    assert {told(answer)[1] for answer in load.answers} == {0.3, 0.5}


def test_several_models_answer_by_their_names(tmp_path: Path) -> None:
    first, second = tmp_path / "first.onnx", tmp_path / "second.onnx"
    write_model(first, 32, 0.3, name="first")
    write_model(second, 64, 0.4, name="second")
    models = ("--model", str(first), "--model", str(second))
    with serving(tmp_path, *models, "--rate", "0") as served:
        with httpx.Client(base_url=served.url) as client:
            assert [m["name"] for m in client.get("/v1/models").json()][:2] == ["first", "second"]
        loads = {
            query: Load(served.port, 4, query=query, until=lambda number: number >= 40)
            for query in ("", "model=first", "model=second")
        }
        # At once, so that films of both are in the same batch.
        with loads[""], loads["model=first"], loads["model=second"]:
            for load in loads.values():
                load.join()
    for query, threshold in (("", 0.3), ("model=first", 0.3), ("model=second", 0.4)):
        assert [told(answer)[1] for answer in loads[query].answers] == [threshold] * 40


@pytest.mark.slow
def test_a_file_that_is_changed_again_and_again(tmp_path: Path) -> None:
    path = tmp_path / "tiny.onnx"
    versions = [(64 if turn % 2 else 32, 0.01 + turn / 100) for turn in range(20)]
    known = [(write_model(path, *versions[0]).graph_sha256, versions[0][1])]
    with (
        serving(tmp_path, "--model", str(path), "--rate", "0") as served,
        Load(served.port, clients=16) as load,
    ):
        load.wait_for(20)
        for version in versions[1:]:
            known.append((write_model(path, *version).graph_sha256, version[1]))
            wait_until(lambda: told(load.answers[-1]), lambda now: now == known[-1])
    assert load.lost == []
    assert {told(answer) for answer in load.answers} == set(known)
