"""Evidence on the network's square."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from measuring import bench
from pneumoscope.heatmap_checks.assessed_films import AssessedFilms
from pneumoscope.heatmap_checks.positive_evidence import positive_evidence, share_inside
from pneumoscope.inference.predictor import Predictor
from tiny_model import SIZE, write_tiny_model


class LeftAgainstRight:
    """Evidence for the second class on the left, and as much against it on the right."""

    name = "left against right"

    def maps(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        one = np.array([[[-2, 2]], [[2, -2]]], dtype=np.float32)
        return np.broadcast_to(one, (len(images), *one.shape))


def test_evidence_does_not_smear_over_where_there_is_as_much_against(tmp_path: Path) -> None:
    films = AssessedFilms(
        images=np.zeros((3, SIZE, SIZE), np.uint8),
        y_true=np.zeros(3, np.int64),
        paths=("a", "b", "c"),
        patients=("a", "b", "c"),
    )
    predictor = Predictor.load(write_tiny_model(tmp_path / "tiny.onnx"))
    found = list(
        positive_evidence(bench(films, predictor, LeftAgainstRight(), batch_size=2), films)
    )
    assert len(found) == 3
    for evidence in found:
        assert evidence.shape == (2, SIZE, SIZE)
        assert evidence.dtype == np.float32
        left, right = np.s_[1, :, : SIZE // 2], np.s_[1, :, SIZE // 2 :]
        assert (evidence[left] > 0).all()
        assert (evidence[right] == 0).all()
        assert evidence.max() == 2
        assert np.array_equal(evidence[0], evidence[1, :, ::-1])


def test_share_inside() -> None:
    evidence = np.array([[3, 0], [0, 1]], dtype=np.float32)
    assert share_inside(evidence, np.array([[True, True], [False, False]])) == 0.75
    assert share_inside(evidence, np.zeros((2, 2), dtype=bool)) == 0
    assert math.isnan(share_inside(np.zeros((2, 2), np.float32), np.ones((2, 2), dtype=bool)))
