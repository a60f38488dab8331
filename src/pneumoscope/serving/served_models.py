"""The models that a service answers with, and how a changed file takes the place of one."""

from __future__ import annotations

import functools
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pneumoscope.errors import (
    HistoryError,
    ModelFileError,
    PneumoscopeError,
    UnknownModelError,
    nearest,
)
from pneumoscope.history.records import model_digest
from pneumoscope.inference.predictor import Predictor
from pneumoscope.logs import tell
from pneumoscope.modelfile.find import DRAWINGS_MODEL, find_model
from pneumoscope.modelfile.manifest import ModelManifest

_log = logging.getLogger(__name__)

FileState = tuple[int, int, int]


@dataclass(frozen=True, eq=False)
class ServedModel:
    """A model at work. `digest` is its name in the history, `state` tells the file that it was
    loaded from from a later one."""

    name: str
    path: Path
    predictor: Predictor
    digest: str
    state: FileState

    @property
    def manifest(self) -> ModelManifest:
        """The model's manifest, as its file has it."""
        return self.predictor.manifest

    def manifest_at(self, prevalence: float | None) -> ModelManifest:
        """The manifest for films of another prevalence, or as it is where that is `None`.

        Raises `PneumoscopeError` as `ModelManifest.with_finding_share`.
        """
        return self.manifest if prevalence is None else self._moved(prevalence)

    @functools.cached_property
    def _moved(self) -> Callable[[float], ModelManifest]:
        # It is asked for with every film. What was computed goes with the model.
        return functools.lru_cache(maxsize=256)(self.manifest.with_finding_share)


class ServedModels:
    """Models by name, of which the first is the default; safe to use from several threads.

    Whoever was given a model goes on with it, also when its file was changed meanwhile: `refresh`
    loads the file anew and puts it in the place of the one before.
    """

    def __init__(self, models: Sequence[ServedModel]) -> None:
        self._lock = threading.Lock()
        self._models = {model.name: model for model in models}
        self._default = models[0].name
        self._failures: dict[str, str] = {}
        self._refused: dict[str, FileState] = {}
        self._waiting: dict[str, ServedModel] = {}  # until the history knows them

    @classmethod
    def load(cls, sources: Sequence[str | Path | None], *, drawings: bool = True) -> ServedModels:
        """Load models by file, run folder or packaged name, and with `drawings` the one that reads
        the sample films too.

        Raises as `Predictor.load` does, and `PneumoscopeError` for two models of one name.
        """
        models: dict[str, ServedModel] = {}
        for source in sources:
            path = find_model(source).absolute()
            model = _open(path)
            if model.name in models:
                raise PneumoscopeError(
                    f"{models[model.name].path} and {path} are both called {model.name!r}.",
                    "A service knows its models by their names: serve one of the two.",
                )
            models[model.name] = model
        if drawings and DRAWINGS_MODEL not in models:
            samples = _open(find_model(DRAWINGS_MODEL).absolute())
            models.setdefault(samples.name, samples)
        return cls(list(models.values()))

    def __iter__(self) -> Iterator[ServedModel]:
        with self._lock:
            return iter(list(self._models.values()))

    @property
    def default(self) -> ServedModel:
        """The model that answers where none is named."""
        return self.get(None)

    def get(self, name: str | None) -> ServedModel:
        """A model by its name; `None` is the default. Raises `UnknownModelError`."""
        with self._lock:
            wanted = self._default if name is None else name
            if wanted not in self._models:
                raise UnknownModelError(
                    f"This service has no model {wanted!r}.", nearest(wanted, self._models)
                )
            return self._models[wanted]

    def check_point(self, operating_point: str | None) -> None:
        """Raise `PneumoscopeError` for an operating point that no model has."""
        known = {point for model in self for point in model.manifest.operating_points}
        if operating_point is not None and operating_point not in known:
            raise PneumoscopeError(
                f"No model of this service has an operating point {operating_point!r}.",
                nearest(operating_point, sorted(known)),
            )

    @property
    def failures(self) -> dict[str, str]:
        """Why changed files were not taken, by model; empty where all went well."""
        with self._lock:
            return dict(self._failures)

    def refresh(self, keep: Callable[[ModelManifest], object]) -> list[str]:
        """Load models whose files have changed; the names of those that were replaced. `keep` is
        told of each before it answers.

        A file that cannot be used leaves the model as it was, and is in `failures` until there is a
        better one, or the one before again. One that `keep` fails for (`HistoryError`) is in
        `failures` too, and waits for the next time without being loaded again.
        """
        replaced = []
        for model in self:
            try:
                state = _state(model.path)
                if state == self._refused.get(model.name):  # which takes long to find out
                    continue
                changed = self._changed(model, state)
            except (PneumoscopeError, OSError) as error:
                if isinstance(error, ModelFileError):
                    self._refused[model.name] = state
                self._keep(model, str(error))
                continue
            if changed is not model:
                try:
                    keep(changed.manifest)
                except HistoryError as error:
                    self._waiting[model.name] = changed
                    self._keep(model, str(error))
                    continue
            with self._lock:
                self._models[model.name] = changed
                self._failures.pop(model.name, None)
            self._refused.pop(model.name, None)
            if changed is not model:
                tell(_log, "model replaced", model=model.name, graph=changed.manifest.graph_sha256)
                replaced.append(model.name)
        return replaced

    def _changed(self, model: ServedModel, state: FileState) -> ServedModel:
        """What is in a model's file now: the model itself where that has not changed."""
        waiting = self._waiting.pop(model.name, None)
        if state == model.state:
            return model
        if waiting is not None and waiting.state == state:
            return waiting
        return _open_again(model)

    def _keep(self, model: ServedModel, reason: str) -> None:
        with self._lock:
            is_new = self._failures.get(model.name) != reason
            self._failures[model.name] = reason
        if is_new:
            tell(_log, "model kept", level=logging.WARNING, model=model.name, reason=reason)


def _open_again(model: ServedModel) -> ServedModel:
    """What is in a model's file now. Raises `ModelFileError` where it goes by another name."""
    changed = _open(model.path)
    if changed.name != model.name:
        raise ModelFileError(
            f"{model.path} is now called {changed.name!r}, and not {model.name!r}.",
            "Start the service again to serve it by that name.",
        )
    return changed


def _open(path: Path) -> ServedModel:
    # The state before reading: a file that changes meanwhile is then loaded again.
    state = _state(path)
    # One core a run: several runs at once use the others.
    predictor = Predictor.load(path, threads=1)
    digest = model_digest(predictor.manifest)
    return ServedModel(predictor.manifest.name, path, predictor, digest, state)


def _state(path: Path) -> FileState:
    status = path.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns
