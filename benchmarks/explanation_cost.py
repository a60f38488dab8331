"""What a heatmap costs: in the graph of a model file, and against pytorch-grad-cam.

    python benchmarks/explanation_cost.py RUN    # the folder of a finished run

Writes `benchmarks/explanation_cost.md`. First, the run's graph against the same graph without the
map. Then a whole explained prediction, from a prepared image to probabilities and a heatmap of its
size: `Predictor` with the run's model file against Grad-CAM of pytorch-grad-cam with the run's
checkpoint. All of it by the clock with all cores, and in processor time with one thread, which
other work on the machine hardly disturbs.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
import torch
from result_page import SPREAD, Pairs, in_turn, load_average, spread, table, write_page

from pneumoscope import Predictor
from pneumoscope.attribution.checkpoint import load_network
from pneumoscope.modelfile.file import read_model_file
from pneumoscope.modelfile.manifest import INPUT_NAME
from pneumoscope.networks.torchvision_ops import declare_missing_operators

BATCHES = (1, 16)

Images = npt.NDArray[np.uint8]
Side = Callable[[Images], object]
Clock = Callable[[], float]


def without_map(model: onnx.ModelProto) -> onnx.ModelProto:
    """The graph without its output `cam` and the nodes that only this output needs."""
    return onnx.utils.Extractor(model).extract_model([INPUT_NAME], ["logits", "embedding"])


def graph_runner(model: onnx.ModelProto, threads: int) -> Side:
    """Runs a graph with so many threads, or as many as there are cores for 0."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    return lambda images: session.run(None, {INPUT_NAME: images[:, None]})


def model_file_explains(predictor: Predictor) -> Side:
    """Probabilities and heatmaps by the model file, preprocessing included."""

    def explain(images: Images) -> list[tuple[object, object]]:
        if len(images) == 1:
            found = [predictor.predict(images[0])]
        else:
            found = list(predictor.predict_many(images, batch_size=len(images)))
        return [(one.probabilities, one.heatmap) for one in found]

    return explain


def library_explains(library: Any, target: Any) -> Side:
    """Probabilities and heatmaps by pytorch-grad-cam, as its documentation says."""

    def explain(images: Images) -> tuple[object, object]:
        films = torch.tensor(images[:, None])
        heatmaps = library(films, [target] * len(images))
        return library.outputs.softmax(dim=1), heatmaps

    return explain


def seconds(side: Side, images: Images, clock: Clock) -> float:
    """How long a side takes, right after a run that does not count.

    That run ends what threads of the other side still do, and warms the caches.
    """
    side(images)
    started = clock()
    side(images)
    return clock() - started


def row(setting: str, batch: int, pairs: Pairs, wording: Callable[[float], str]) -> list[str]:
    """One line of a table: milliseconds a film, and second over first in the given wording."""
    ratios = [second / first for first, second in pairs]
    first, second = (1000 * statistics.median(times) / batch for times in zip(*pairs, strict=True))
    return [setting, str(batch), f"{first:.1f}", f"{second:.1f}", *spread(ratios, wording)]


def check_same_network(predictor: Predictor, library: Any, images: Images) -> None:
    """End the benchmark unless checkpoint and model file answer alike."""
    library(torch.tensor(images[:, None]), None)
    theirs = library.outputs.detach().numpy()
    difference = np.abs(predictor.answer(images).logits - theirs).max()
    if difference > 1e-3 * np.abs(theirs).max():
        raise SystemExit(f"The checkpoint is of another network: logits differ by {difference:g}.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, metavar="RUN")
    parser.add_argument("--repeats", type=int, default=21)
    arguments = parser.parse_args()
    declare_missing_operators()
    from pytorch_grad_cam import GradCAM
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    file = arguments.run / "model.onnx"
    data, manifest = read_model_file(file)
    graph = onnx.load_model_from_string(data[: manifest.graph_bytes])
    network = load_network(arguments.run)
    library = GradCAM(network, [network.feature_map])
    theirs = library_explains(library, ClassifierOutputTarget(len(manifest.class_names) - 1))
    size = manifest.preprocess.size
    films = {
        batch: np.random.default_rng(0).integers(0, 256, (batch, size, size), np.uint8)
        for batch in BATCHES
    }
    check_same_network(Predictor.load(file), library, films[BATCHES[0]])
    cores = torch.get_num_threads()
    map_rows, prediction_rows = [], []
    for setting, threads, clock in (
        ("one thread, processor time", 1, time.process_time),
        ("all cores, wall time", 0, time.perf_counter),
    ):
        torch.set_num_threads(threads or cores)
        bare, whole = graph_runner(without_map(graph), threads), graph_runner(graph, threads)
        ours = model_file_explains(Predictor.load(file, threads=threads))
        for batch, images in films.items():
            repeats = arguments.repeats * (5 if batch == 1 else 1)
            take = partial(seconds, images=images, clock=clock)
            pairs = in_turn(partial(take, bare), partial(take, whole), repeats)
            map_rows.append(row(setting, batch, pairs, lambda ratio: f"{100 * (ratio - 1):+.1f} %"))
            pairs = in_turn(partial(take, ours), partial(take, theirs), repeats)
            prediction_rows.append(row(setting, batch, pairs, "{:.1f}".format))
    write_page(
        "explanation_cost",
        "The cost of a heatmap",
        [
            f"Milliseconds a film of {size} x {size} pixels with {manifest.architecture}, medians "
            f"of {arguments.repeats} runs of each side in turn, five times as many for single "
            "films. Every run that is timed follows one of the same side that is not. "
            f"{load_average()}",
            "## In the graph",
            "The graph of a model file, with its map and without; ONNX Runtime alone.",
            table(
                ["", "films in a batch", "without the map", "with the map", "extra", *SPREAD],
                map_rows,
            ),
            "## A prediction with its heatmap",
            "From prepared images to probabilities and heatmaps of the images' size: `Predictor` "
            "with the model file, and Grad-CAM of pytorch-grad-cam on the same weights in PyTorch, "
            "in single precision, with as many threads. A ratio above 1 means that the model file "
            "is faster.",
            table(
                ["", "films in a batch", "model file", "pytorch-grad-cam", "ratio", *SPREAD],
                prediction_rows,
            ),
        ],
        packages=("onnxruntime", "torch", "grad-cam", "numpy"),
        arguments="RUN",
    )


if __name__ == "__main__":
    main()
