"""The Open Inference Protocol: a real service, asked by Triton's client and with bytes of ours."""

from __future__ import annotations

import gzip
import json
import re
import socket
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import tritonclient.http as triton
from click.testing import CliRunner
from numpy.typing import NDArray

from pneumoscope.cli.main import main
from pneumoscope.inference.predictor import Predictor
from pneumoscope.serving.inference_schemas import InferenceAnswer, InferenceModel
from served import Served, serving
from tiny_model import SIZE, write_tiny_model

INFER = "/v2/models/tiny/infer"
OUTPUTS = ["logits", "cam", "embedding", "probabilities"]
PREVALENCE = 0.1


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.onnx")


@pytest.fixture(scope="module")
def served(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("open"), "--model", str(model)) as service:
        yield service


@pytest.fixture(scope="module")
def guarded(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, str]]:
    """A service with a token, small limits, and films of another prevalence than the model's."""
    folder = tmp_path_factory.mktemp("guarded")
    made = CliRunner().invoke(main, ["serve", "token", "create", "ward", "--folder", str(folder)])
    options = ("--prevalence", str(PREVALENCE), "--max-body", "1", "--rate", "2")
    with serving(folder, "--model", str(model), *options) as service:
        yield service, made.stdout.strip()


@pytest.fixture
def client(served: Served) -> Iterator[Any]:
    with triton.InferenceServerClient(f"127.0.0.1:{served.port}", concurrency=4) as client:
        yield client


@pytest.fixture(scope="module")
def images() -> NDArray[np.uint8]:
    """Films of every brightness, as a network gets them."""
    levels = np.linspace(0, 255, 20).astype(np.uint8)
    return np.broadcast_to(levels[:, None, None, None], (20, 1, SIZE, SIZE)).copy()


def tensor(images: NDArray[np.uint8], *, binary: bool = True) -> Any:
    given = triton.InferInput("image", images.shape, "UINT8")
    return given.set_data_from_numpy(images, binary_data=binary)


def request(**changes: Any) -> dict[str, Any]:
    """A request for one black film, in JSON; changes are to its input."""
    image = {"name": "image", "shape": [1, 1, SIZE, SIZE], "datatype": "UINT8"}
    return {"inputs": [image | {"data": [0] * SIZE**2} | changes]}


def with_bytes(declared: int = SIZE**2, sent: int = SIZE**2) -> tuple[bytes, dict[str, str]]:
    """A request for one film whose pixels follow the JSON, and its header."""
    document = request(parameters={"binary_data_size": declared})
    del document["inputs"][0]["data"]
    text = json.dumps(document).encode()
    return text + bytes(sent), {"Inference-Header-Content-Length": str(len(text))}


def test_what_it_says_of_itself_and_its_models(client: Any) -> None:
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready("tiny")
    assert client.is_model_ready("tiny", "1")
    assert not client.is_model_ready("tiny", "2")
    assert not client.is_model_ready("large")
    assert client.get_server_metadata()["extensions"] == ["binary_tensor_data"]
    index = client.get_model_repository_index()
    assert [(row["name"], row["version"], row["state"]) for row in index] == [
        ("tiny", "1", "READY"),
        ("phantoms", "1", "READY"),
    ]
    metadata = client.get_model_metadata("tiny")
    assert metadata == client.get_model_metadata("tiny", "1")
    described = InferenceModel.model_validate(metadata)
    (image,) = described.inputs
    assert (image.name, image.datatype, image.shape) == ("image", "UINT8", [-1, 1, SIZE, SIZE])
    assert [output.name for output in described.outputs] == OUTPUTS
    assert described.parameters["class_names"] == ["NORMAL", "PNEUMONIA"]
    assert described.parameters["preprocess"]["size"] == SIZE
    assert "balanced" in described.parameters["operating_points"]


@pytest.mark.parametrize("packing", [None, "gzip", "deflate"])
@pytest.mark.parametrize("binary", [True, False], ids=["bytes", "json"])
def test_answers_are_those_of_the_predictor(
    client: Any, model: Path, images: NDArray[np.uint8], binary: bool, packing: str | None
) -> None:
    expected = Predictor.load(model).answer(images[:, 0])
    answer = client.infer(
        "tiny",
        [tensor(images, binary=binary)],
        model_version="1",
        request_id="é 7",
        outputs=[triton.InferRequestedOutput(name, binary_data=binary) for name in OUTPUTS],
        request_compression_algorithm=packing,
        response_compression_algorithm=packing,
    )
    InferenceAnswer.model_validate(answer.get_response())
    assert answer.get_response()["id"] == "é 7"
    for name in OUTPUTS:
        values, exact = answer.as_numpy(name), getattr(expected, name)
        assert (values.shape, values.dtype) == (exact.shape, exact.dtype)
        np.testing.assert_allclose(values, exact, rtol=1e-6)


def test_only_what_is_asked_for_comes_and_in_that_order(
    served: Served, client: Any, images: NDArray[np.uint8]
) -> None:
    wanted = [
        triton.InferRequestedOutput("probabilities", binary_data=False),
        triton.InferRequestedOutput("logits"),
    ]
    outputs = client.infer("tiny", [tensor(images)], outputs=wanted).get_response()["outputs"]
    assert [output["name"] for output in outputs] == ["probabilities", "logits"]
    assert "data" in outputs[0]
    assert outputs[1]["parameters"] == {"binary_data_size": 4 * 2 * len(images)}
    # Nested data, and JSON unless something else is asked for.
    document = request(data=np.zeros((1, 1, SIZE, SIZE), int).tolist()) | {"model_name": "tiny"}
    plain = httpx.post(served.url + INFER, json=document)
    assert plain.headers["content-type"] == "application/json"
    assert [output["name"] for output in plain.json()["outputs"]] == OUTPUTS
    assert "id" not in plain.json()


def test_several_requests_at_once(client: Any, model: Path, images: NDArray[np.uint8]) -> None:
    pending = [client.async_infer("tiny", [tensor(images[i : i + 1])]) for i in range(len(images))]
    answers = [request.get_result().as_numpy("probabilities")[0] for request in pending]
    expected = Predictor.load(model).answer(images[:, 0]).probabilities
    np.testing.assert_allclose(answers, expected, rtol=1e-6)


def test_requests_are_counted_and_nothing_is_kept(
    client: Any, served: Served, images: NDArray[np.uint8]
) -> None:
    client.infer("tiny", [tensor(images)])
    assert httpx.get(f"{served.url}/v1/predictions").json()["total"] == 0
    assert 'route="/v2/models/{name}/infer"' in httpx.get(f"{served.url}/metrics").text


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"name": "films"}, "'films'"),
        ({"datatype": "FP32"}, "FP32"),
        ({"shape": [1, SIZE, SIZE]}, "shape"),
        ({"shape": [65, 1, SIZE, SIZE]}, "from 1 to 64"),
        ({"shape": [0, 1, SIZE, SIZE], "data": []}, "from 1 to 64"),
        ({"shape": [2**62, 4, SIZE, SIZE]}, "from 1 to 64"),
        ({"shape": [2**64, 1, SIZE, SIZE]}, "shape.0"),
        ({"shape": [True, 1, SIZE, SIZE]}, "shape.0"),
        ({"shape": [2, 1, SIZE, SIZE]}, "2048 pixels"),
        ({"data": [0] * (SIZE**2 + 1)}, "got 1025"),
        ({"data": [256] * SIZE**2}, "0 to 255"),
        ({"data": [-1] * SIZE**2}, "0 to 255"),
        ({"data": [0.5] * SIZE**2}, "float"),
        ({"data": [float("nan")] * SIZE**2}, "JSON"),
        ({"data": [True] * SIZE**2}, "bool"),
        ({"data": [[[[0] * SIZE] * (SIZE - 1) + [0]]]}, "nested"),
        ({"data": [[0] * SIZE] * SIZE}, "nested"),
        ({"data": [[0]] * 100_000}, "more parts"),
        ({"data": None}, "neither"),
        ({"parameters": {"binary_data_size": SIZE**2}}, "both"),
        ({"data": None, "parameters": {"binary_data_size": SIZE**2}}, "0 bytes follow"),
        ({"parameters": {"shared_memory_region": "gpu"}}, "Shared memory"),
    ],
)
def test_images_that_are_none_are_refused(
    served: Served, changes: dict[str, Any], word: str
) -> None:
    answer = httpx.post(served.url + INFER, content=json.dumps(request(**changes)))
    assert answer.status_code == 400, answer.text
    assert word in answer.json()["error"]


@pytest.mark.parametrize(
    ("members", "word"),
    [
        ({"inputs": []}, "one input"),
        ({"inputs": request()["inputs"] * 2}, "one input"),
        ({"inputs": 1}, "inputs"),
        ({"outputs": [{"name": "mask"}]}, "'mask'"),
        ({"outputs": [{"name": "cam"}, {"name": "cam"}]}, "each once"),
        ({"outputs": [{"name": "cam", "parameters": {"classification": 1}}]}, "Classification"),
        ({"id": "x" * 2_000}, "id"),
    ],
)
def test_requests_that_are_none_are_refused(
    served: Served, members: dict[str, Any], word: str
) -> None:
    answer = httpx.post(served.url + INFER, json=request() | members)
    assert answer.status_code == 400, answer.text
    assert word in answer.json()["error"]


def test_bytes_that_do_not_fit_are_refused(served: Served) -> None:
    body, header = with_bytes()
    assert httpx.post(served.url + INFER, content=body, headers=header).status_code == 200
    packed = gzip.compress(body)
    for content, headers, word in [
        (*with_bytes(sent=SIZE**2 - 1), "1023 bytes follow"),
        (*with_bytes(sent=SIZE**2 + 1), "1025 bytes follow"),
        (*with_bytes(declared=10, sent=10), "got 10"),
        (body, {}, "trailing"),
        (body, {"Inference-Header-Content-Length": "9999"}, "Content-Length"),
        (body, {"Inference-Header-Content-Length": "-1"}, "Content-Length"),
        (b"", {}, "JSON"),
        (b'{"inputs":' + b"[" * 500, {}, "recursion"),
        (packed[:-9], header | {"Content-Encoding": "gzip"}, "end is missing"),
        (packed + b"x", header | {"Content-Encoding": "gzip"}, "follows its end"),
        (zlib.compress(body), header | {"Content-Encoding": "gzip"}, "not packed by gzip"),
    ]:
        answer = httpx.post(served.url + INFER, content=content, headers=headers)
        assert answer.status_code == 400, word
        assert word in answer.json()["error"]
    answer = httpx.post(served.url + INFER, content=body, headers={"Content-Encoding": "br"})
    assert (answer.status_code, "br" in answer.json()["error"]) == (415, True)


def test_what_is_not_there_is_told_in_the_words_of_the_protocol(client: Any) -> None:
    for ask, status, word in [
        (lambda: client.get_model_metadata("tny"), "404", "tiny"),
        (lambda: client.get_model_metadata("tiny", "2"), "404", "version"),
        (lambda: client.get_model_config("tiny"), "404", "nothing at this path"),
    ]:
        with pytest.raises(triton.InferenceServerException, match=word) as caught:
            ask()
        assert caught.value.status() == status


def test_images_whose_sender_has_left_are_dropped(served: Served) -> None:
    size, films = 128, 64  # of the model for drawings, which takes its time with them
    image = {"name": "image", "shape": [films, 1, size, size], "datatype": "UINT8"}
    document = {"inputs": [image | {"parameters": {"binary_data_size": films * size**2}}]}
    text = json.dumps(document).encode()
    head = (
        "POST /v2/models/phantoms/infer HTTP/1.1\r\nHost: localhost\r\n"
        f"Content-Length: {len(text) + films * size**2}\r\n"
        f"Inference-Header-Content-Length: {len(text)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", served.port)) as connection:
        connection.sendall(head.encode() + text + bytes(films * size**2))
    figures = {"pneumoscope_films_dropped_total": 64.0, "pneumoscope_films_waiting": 0.0}
    while not figures.items() <= _metrics(served).items():
        time.sleep(0.05)


def _metrics(served: Served, headers: dict[str, str] | None = None) -> dict[str, float]:
    text = httpx.get(f"{served.url}/metrics", headers=headers).text
    return {name: float(value) for name, value in re.findall(r"^(\w+) (\S+)$", text, re.MULTILINE)}


def test_a_guarded_service_is_as_guarded_here(
    guarded: tuple[Served, str], model: Path, images: NDArray[np.uint8]
) -> None:
    served, token = guarded
    headers = {"Authorization": f"Bearer {token}"}
    with triton.InferenceServerClient(f"127.0.0.1:{served.port}") as client:
        assert client.is_server_ready()
        with pytest.raises(triton.InferenceServerException, match="token") as caught:
            client.infer("tiny", [tensor(images)])
        assert caught.value.status() == "401"
        answer = client.infer("tiny", [tensor(images)], headers=dict(headers))
        # Probabilities are for the prevalence of the service, and the thresholds told with them.
        moved = Predictor.load(model).at_prevalence(PREVALENCE)
        expected = moved.answer(images[:, 0]).probabilities
        np.testing.assert_allclose(answer.as_numpy("probabilities"), expected, rtol=1e-6)
        points = client.get_model_metadata("tiny", headers=headers)["parameters"]
        assert points["operating_points"] == moved.manifest.operating_points
        assert points["prevalence"] == pytest.approx(PREVALENCE)
        # Unpacked, this is more than a body may have.
        bomb = {**headers, "Content-Encoding": "gzip"}
        large = httpx.post(served.url + INFER, content=gzip.compress(bytes(2**22)), headers=bomb)
        assert (large.status_code, "limit" in large.json()["error"]) == (413, True)
        assert _metrics(served, headers)["pneumoscope_body_bytes"] == 0.0
    answers = (httpx.get(f"{served.url}/v2", headers=headers) for _ in range(50))
    refused = next(answer for answer in answers if answer.status_code != 200)
    assert (refused.status_code, "a second" in refused.json()["error"]) == (429, True)
