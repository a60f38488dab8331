"""Merge model files into one that answers with the weighted mean of their probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pneumoscope.data.prepared import PreparedFilms
from pneumoscope.merging.agreement import check_agreement, noise_films, run_logits
from pneumoscope.merging.derived import write_derived
from pneumoscope.merging.ensemble_manifest import ensemble_settings, full_heat
from pneumoscope.merging.graph_builder import GraphBuilder
from pneumoscope.merging.source_models import SourceModel, at_one_prevalence, check_members
from pneumoscope.merging.weights import MemberWeights
from pneumoscope.metrics.operating_points import SCREENING, Screening
from pneumoscope.modelfile.manifest import ModelManifest


def write_ensemble(
    members: Sequence[SourceModel],
    weights: MemberWeights,
    path: Path,
    *,
    name: str,
    validation: PreparedFilms | None = None,
    screening: Screening = SCREENING,
) -> ModelManifest:
    """Merge two models or more into one model file, and return its manifest.

    Its graph takes the same films as each member, and its probabilities are the weighted mean of
    their calibrated ones, all for the prevalence of the first member. So that a softmax gives them,
    its logits are the logarithm of that mean. Class activation maps are averaged, embeddings joined
    end to end.

    `validation` are films that no member was trained on, under the first member's class names.
    The mean is calibrated anew, and operating points and scale of evidence are fitted, on them;
    without them these are weighted means of the members', and the model card says so.

    Raises `ModelFileError` where members do not go together, where the merged graph does not answer
    as the mean of its members and where the file cannot be written, and `DatasetError` where the
    validation films lack a class.
    """
    check_members(members)
    members = at_one_prevalence(members)
    class_names = members[0].manifest.class_names
    graph = merge_graphs(members, weights.shares)
    images = noise_films(members[0].manifest.preprocess.size)
    parts = [
        member.probabilities(run_logits(member.graph, images), class_names) for member in members
    ]
    agreement = check_agreement(graph, images, parts, weights.shares)
    settings = ensemble_settings(members, weights, name, validation, agreement)
    return write_derived(graph, settings, path, members, validation, screening)


def merge_graphs(members: Sequence[SourceModel], weights: Sequence[float]) -> bytes:
    """One serialized graph that runs all members; `weights` are positive and sum to one.

    Raises `ModelFileError` where the graphs cannot be merged.
    """
    builder = GraphBuilder([member.graph for member in members])
    class_names = members[0].manifest.class_names
    grids = [builder.output_shape(index, "cam")[1:] for index in range(len(members))]
    grid = tuple(max(sides) for sides in zip(*grids, strict=True))
    logits, maps, embeddings = [], [], []
    for index, (member, weight) in enumerate(zip(members, weights, strict=True)):
        answer, cam, embedding = builder.include(index)
        if member.manifest.class_names != class_names:
            order = builder.constant(member.class_order(class_names), np.int64)
            answer = builder.node("Gather", answer, order, axis=1)
            cam = builder.node("Gather", cam, order, axis=1)
        if grids[index] != grid:
            cam = builder.resize(cam, grid)
        # Networks draw on scales of their own, and one with large logits would drown the others.
        # In units of its own full heat each counts by its weight. A calibration would cancel.
        heat = builder.constant(weight / full_heat(member.manifest))
        logits.append(answer)
        maps.append(builder.node("Mul", cam, heat))
        embeddings.append(embedding)
    calibrations = [member.manifest.calibration.ordered(class_names) for member in members]
    length = sum(builder.output_shape(index, "embedding")[0] for index in range(len(members)))
    return builder.serialize(
        {
            "logits": builder.log_mean_probability(logits, calibrations, weights),
            "cam": builder.node("Sum", *maps),
            "embedding": builder.node("Concat", *embeddings, axis=1),
        },
        {
            "logits": (len(class_names),),
            "cam": (len(class_names), *grid),
            "embedding": (length,),
        },
    )
