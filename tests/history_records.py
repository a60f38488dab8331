"""Records of films for tests of the history, of a model with three classes."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from pneumoscope.history.films import OWNER
from pneumoscope.history.records import Answer, Keep, NewRecord, Record, model_digest
from pneumoscope.history.store import History
from pneumoscope.imaging.film import FilmTags
from pneumoscope.inference.prediction import Prediction
from pneumoscope.modelfile.manifest import ModelManifest
from tiny_model import tiny_manifest

CLASSES = ("NORMAL", "BACTERIA", "VIRUS")
# 2026-01-01T00:00:00Z, and from there a second for each film.
START, SECOND = 1_767_225_600_000_000_000, 1_000_000_000


def model(name: str = "tiny") -> ModelManifest:
    return tiny_manifest(CLASSES).model_copy(
        update={"name": name, "prevalence": {"NORMAL": 0.5, "BACTERIA": 0.3, "VIRUS": 0.2}}
    )


def prediction(
    film: str = "ward/1.png", seed: int = 0, manifest: ModelManifest | None = None
) -> Prediction:
    """Numbers as a network gives them: none of them is round."""
    manifest = manifest or model()
    random = np.random.default_rng(seed)
    logits = random.normal(size=3).astype(np.float32)
    probabilities = manifest.probabilities([logits])[0].tolist()
    return Prediction(
        film=film,
        probabilities=dict(zip(CLASSES, probabilities, strict=True)),
        logits=tuple(logits.tolist()),
        cam=random.normal(size=(3, 7, 7)).astype(np.float32),
        embedding=random.normal(size=64).astype(np.float32),
        tags=FilmTags("DICOM", modality="DX", patient_age=4.5, bits=12, frames=2, notes=("a", "b")),
        film_shape=(2000, 1500),
        timings={"read": 12.345, "preprocess": 1.25, "infer": 8.5},
        manifest=manifest,
    )


def read_film(
    film: str = "ward/1.png",
    seed: int = 0,
    *,
    at: int = 0,
    manifest: ModelManifest | None = None,
    copy: bytes | None = None,
    kept: Keep = "stripped",
    client: str | None = None,
) -> NewRecord:
    """A film that was read `at` seconds after the start; its bytes are those of its seed."""
    told = prediction(film, seed, manifest)
    record = Record.read(
        film,
        digest_of(seed),
        Answer.of(told, model_digest(told.manifest), "balanced"),
        client=client,
        film_kept="none" if copy is None else kept,
        nanoseconds=START + at * SECOND,
    )
    return NewRecord(record, copy)


def unreadable_film(film: str = "ward/letter.pdf", *, at: int = 0) -> NewRecord:
    reason = "not a film"
    return NewRecord(
        Record.unreadable(film, digest_of(-at), reason, nanoseconds=START + at * SECOND)
    )


def digest_of(seed: int) -> str:
    return hashlib.sha256(str(seed).encode()).hexdigest()


def kept_files(folder: Path) -> list[str]:
    """The names of all files of kept films, finished or not."""
    files = (path.name for path in folder.rglob("*") if path.is_file())
    return sorted(name for name in files if name != OWNER)


def everything(history: History) -> list[Record]:
    from pneumoscope.history.search import Query

    return list(history.search(Query(sort="oldest"), limit=10_000).items)
