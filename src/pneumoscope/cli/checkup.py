"""What `pneumoscope doctor` finds out about an installation and its machine."""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
import time
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from pneumoscope import cores
from pneumoscope.cli.history import SERVICE_PACKAGES, default_folder
from pneumoscope.errors import PneumoscopeError

_READING = ("numpy", "scipy", "onnxruntime", "pydicom", "pillow")
_TRAINING = ("torch", "timm", "lightning")
# Where so many threads want each core, ours would mostly wait for each other.
_BUSY = 2.0


@dataclass(frozen=True)
class Problem:
    """What does not work, what to do about it, and whether films can be read without it."""

    what: str
    remedy: str
    prevents_reading: bool


@dataclass
class Checkup:
    """The findings of a checkup, ready for JSON.

    `versions` are those of packages, `None` for what is not installed; `decoders` why films of a
    coding cannot be read, empty where they can; `gpus` what PyTorch sees, `None` without it.
    """

    versions: dict[str, str | None] = field(default_factory=dict)
    processor: dict[str, Any] = field(default_factory=dict)
    decoders: dict[str, str] = field(default_factory=dict)
    providers: list[str] = field(default_factory=list)
    gpus: list[str] | None = None
    reading: dict[str, Any] = field(default_factory=dict)
    cache: dict[str, Any] = field(default_factory=dict)
    history: dict[str, Any] = field(default_factory=dict)
    folder: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def can_read(self) -> bool:
        """Whether films can be read with a model."""
        return not any(problem.prevents_reading for problem in self.problems)

    def document(self) -> dict[str, Any]:
        """Everything as JSON."""
        return {"schema_version": 1, "can_read": self.can_read, **asdict(self)}

    def note(self, what: str, remedy: str, *, prevents_reading: bool = False) -> None:
        """Add a problem."""
        self.problems.append(Problem(what, remedy, prevents_reading))


def check_up(cache: Path) -> Checkup:
    """Look at everything; `cache` is the folder of decoded films. Nothing is left behind."""
    found = Checkup()
    _versions(found)
    _processor(found)
    _decoders(found)
    _reading(found)
    _graphics(found)
    _folders(found, cache)
    return found


def _versions(found: Checkup) -> None:
    found.versions = {"pneumoscope": version("pneumoscope"), "python": platform.python_version()}
    for name in (*_READING, *_TRAINING, *SERVICE_PACKAGES):
        try:
            found.versions[name] = version(name)
        except PackageNotFoundError:
            found.versions[name] = None
    for what, purpose, extra, names in (
        ("Training", "train", "train", _TRAINING),
        ("The service", "answer films over HTTP", "serve", SERVICE_PACKAGES),
    ):
        missing = [name for name in names if found.versions[name] is None]
        if missing:
            found.note(
                f"{what} is not installed: {', '.join(missing)} missing.",
                f"Only if you want to {purpose}: install the extra `{extra}`.",
            )


def _processor(found: Checkup) -> None:
    from pneumoscope.runs.machine import instruction_sets, processor_name

    sets = instruction_sets()
    found.processor = {
        "name": processor_name(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "allowed_cores": cores.allowed_cores(),
        "cgroup_quota": cores.cgroup_quota(),
        "free_cores": cores.free_cores(),
        "load": cores.load(),
        "threads": cores.threads(),
        "instruction_sets": None if sets is None else list(sets),
    }
    if cores.threads() > cores.free_cores():
        found.note(
            f"{cores.threads()} threads are set, and {cores.free_cores()} cores are free.",
            f"Threads that wait for each other are slow: lower --threads or {cores.SETTING}.",
        )
    elif cores.threads() > 1 and (cores.load() or 0) > _BUSY * cores.allowed_cores():
        found.note(
            f"The machine is busy: {cores.load():.1f} threads want its cores.",
            "Training with --threads 1 is likely to be quicker for now.",
        )


def _decoders(found: Checkup) -> None:
    from pneumoscope.imaging.decoder_checks import OPTIONAL, failing_decoders

    found.decoders = failing_decoders()
    for coding, reason in found.decoders.items():
        if reason and coding in OPTIONAL:
            found.note(
                f"DICOM films in {coding} cannot be read.",
                "Only if you have such films: install the extra `codecs`.",
            )
        elif reason:
            found.note(
                f"DICOM films in {coding} cannot be read: {reason}",
                "Install pneumoscope again.",
                prevents_reading=True,
            )


def _reading(found: Checkup) -> None:
    """Read a drawn film with the packaged model: the whole way from pixels to a finding."""
    import numpy as np
    import onnxruntime

    from pneumoscope.inference.predictor import Predictor
    from pneumoscope.phantoms import generate_phantom

    found.providers = list(onnxruntime.get_available_providers())
    film = generate_phantom(np.random.default_rng(0), "normal", (400, 400)).pixels
    try:
        begin = time.perf_counter()
        predictor = Predictor.load()
        loaded = time.perf_counter()
        predictor.predict(film)
        read = time.perf_counter()
    except PneumoscopeError as error:
        found.reading = {"model": None, "load_ms": None, "film_ms": None}
        found.note(error.message, error.hint, prevents_reading=True)
        return
    found.reading = {
        "model": predictor.manifest.name,
        "load_ms": round(1000 * (loaded - begin), 1),
        "film_ms": round(1000 * (read - loaded), 1),
    }


def _graphics(found: Checkup) -> None:
    if any(found.versions[name] is None for name in _TRAINING):
        return
    try:
        from pneumoscope.training.hardware import gpus

        found.gpus = gpus()
    except (ImportError, OSError, RuntimeError) as error:  # a build that does not fit the machine
        found.note(f"PyTorch does not load: {error}", "Install torch again to train.")


def _folders(found: Checkup, cache: Path) -> None:
    from pneumoscope.data.cache_files import cache_files

    found.cache = {"folder": str(cache), "writable": _is_writable(cache), "bytes": 0, "files": 0}
    history = default_folder().absolute()
    found.history = {"folder": str(history), "writable": _is_writable(history)}
    found.folder = {
        "folder": str(Path.cwd()),
        "writable": _is_writable(Path.cwd()),
        "free_bytes": shutil.disk_usage(Path.cwd()).free,
    }
    try:
        files = cache_files(cache)
        found.cache |= {"bytes": sum(file.bytes for file in files), "files": len(files)}
    except PneumoscopeError as error:
        found.note(error.message, "Choose another cache: --cache, or PNEUMOSCOPE_CACHE.")
    if not found.cache["writable"]:
        found.note(
            f"The cache {cache} cannot be written, so training cannot begin.",
            "Choose another one: --cache, or PNEUMOSCOPE_CACHE.",
        )
    if not found.history["writable"]:
        found.note(
            f"The folder of the history, {history}, cannot be written, so no service can begin.",
            "Only if you want to serve films: name another one with --folder, or PNEUMOSCOPE_HOME.",
        )
    if not found.folder["writable"]:
        found.note(
            "This folder cannot be written, where runs and results go by default.",
            "Go to another folder, or name one with --run and --out.",
        )


def _is_writable(folder: Path) -> bool:
    """Whether a file can be made in a folder, or in the place where that would be made."""
    there = next(
        parent for parent in (folder.absolute(), *folder.absolute().parents) if parent.exists()
    )
    try:
        with tempfile.TemporaryFile(dir=there):
            return True
    except OSError:
        return False
