"""The other side of `serving.py`: FastAPI and a torch network behind one route, tuned.

    python benchmarks/torch_endpoint.py --port 8001

What is usually written, done well: inference in threads off the event loop, a number of threads
that suits the machine, JPEGs decoded no larger than needed. The network is that of the packaged
model with random weights, which take as long. Needs `python-multipart` besides the development
environment.
"""

from __future__ import annotations

import argparse
import asyncio
import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated

import numpy as np
import torch
import uvicorn
from fastapi import FastAPI, HTTPException, UploadFile
from PIL import Image, UnidentifiedImageError
from servers import FORMS
from torch import Tensor, nn

from pneumoscope.networks.registry import create_network
from pneumoscope.recipe.files import load_recipe

RECIPE = "mobilenetv2-pediatric"
CLASSES = ("NORMAL", "PNEUMONIA")
SIZE = 224


def network(form: str) -> Callable[[Tensor], Tensor]:
    """The packaged model's network in torch, ready for single films.

    `frozen` is TorchScript after `optimize_for_inference`: normalisation folded into the
    convolutions, which then run on weights packed for oneDNN.
    """
    config = load_recipe(RECIPE).model.model_copy(update={"weights": "none"})
    torch.manual_seed(0)
    module: nn.Module = create_network(config, len(CLASSES)).eval()
    if form == "compiled":
        return torch.compile(module)
    if form == "eager":
        return module
    module = module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    if form == "channels-last":
        return module
    film = torch.zeros(1, 1, SIZE, SIZE, dtype=torch.uint8)
    return torch.jit.optimize_for_inference(torch.jit.trace(module, film))


def prepare(content: bytes) -> Tensor:
    """A film as the network takes it, uint8 `(1, 1, 224, 224)`, resized as torchvision does."""
    with Image.open(io.BytesIO(content)) as image:
        image.draft("L", (SIZE, SIZE))
        pixels = image.convert("L").resize((SIZE, SIZE), Image.Resampling.BILINEAR)
    return torch.from_numpy(np.array(pixels))[None, None]


def application(form: str, workers: int, threads: int) -> FastAPI:
    """The endpoint, with so many inference workers that compute on so many threads each."""
    model = network(form)
    # After the network was built, which sets them too; each of the workers then says so again,
    # since OpenMP keeps the number for each thread that asks for work.
    torch.set_num_threads(threads)
    pool = ThreadPoolExecutor(workers, "inference", torch.set_num_threads, (threads,))

    def probabilities(film: Tensor) -> list[float]:
        with torch.inference_mode():
            answer: list[float] = model(film).softmax(dim=1)[0].tolist()
        return answer

    for _ in range(5):  # optimisers of torch look at the first runs
        pool.submit(probabilities, torch.zeros(1, 1, SIZE, SIZE, dtype=torch.uint8)).result()

    def judge(content: bytes) -> list[float]:
        return probabilities(prepare(content))

    app = FastAPI()

    @app.post("/predict")
    async def predict(file: Annotated[UploadFile, "a film"]) -> dict[str, float]:
        content = await file.read()
        try:
            answer = await asyncio.get_running_loop().run_in_executor(pool, judge, content)
        except UnidentifiedImageError as error:
            raise HTTPException(422, "not a picture") from error
        return dict(zip(CLASSES, answer, strict=True))

    @app.get("/healthz")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    return app


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=8001)
    parser.add_argument("--form", choices=FORMS, default="eager")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    uvicorn.run(
        application(arguments.form, arguments.workers, arguments.threads),
        host="127.0.0.1",
        port=arguments.port,
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
    )
