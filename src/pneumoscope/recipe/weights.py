"""Where a recipe's pretrained weights come from: a download, a folder, or nowhere."""

from __future__ import annotations

import os
import socket
import threading
import urllib.parse
import urllib.request
from pathlib import Path

from pneumoscope.errors import RecipeError
from pneumoscope.recipe.backbones import is_ours, timm_name
from pneumoscope.recipe.settings import Recipe
from pneumoscope.recipe.variants import from_scratch

OTHER_WEIGHTS = (
    "Give a folder of .safetensors files (--weights FOLDER, or model.weights in the recipe), or "
    "begin with random weights (--weights none)."
)
"""What to do where weights cannot be had."""

_HUB = "https://huggingface.co"
_WAIT = 5.0  # seconds for the hub to answer; its library would try for a minute


def choose_weights(recipe: Recipe, source: str) -> Recipe:
    """The recipe with weights from `source`.

    `imagenet` is timm's download and cache. `none` is `from_scratch`. A folder is searched for
    `<timm's name of the backbone>.*.safetensors`; a backbone without a file there is trained from
    scratch, which the recipe returned says (`model.weights: none`), and `unused_weights` tells. A
    recipe that starts from random weights stays as it is. Raises `RecipeError` for a folder that
    does not exist, or that holds several files for the backbone.
    """
    check_source(source)
    if recipe.model.weights == "none":
        return recipe
    if source == "none":
        return from_scratch(recipe)
    weights = source if source == "imagenet" else _in_folder(recipe.model.name, Path(source))
    if weights is None:
        return from_scratch(recipe)
    model = recipe.model.model_copy(update={"weights": weights})
    return recipe.model_copy(update={"model": model})


def check_source(source: str) -> None:
    """Raise `RecipeError` for a source of weights that is none, whether or not they are needed."""
    if source not in ("imagenet", "none") and not Path(source).is_dir():
        raise RecipeError(
            f"{source} is not a folder of weights.",
            "Give a folder of .safetensors files, or imagenet, or none.",
        )


def unused_weights(recipe: Recipe, source: str) -> str:
    """Why a recipe that weights were chosen for from `source` does without them, in a sentence;
    empty where it uses them, or none were asked for."""
    if source in ("imagenet", "none") or recipe.model.weights != "none":
        return ""
    name = recipe.model.name
    if is_ours(name):
        return f"The weights in {source} are not used: {name} has none and learns from scratch."
    if _files_in(name, Path(source)):
        return f"The weights in {source} are not used: the recipe begins from scratch."
    return (
        f"Warning: {source} holds no weights of {name} ({timm_name(name)}.*.safetensors), so it "
        "learns from scratch."
    )


def _files_in(name: str, folder: Path) -> list[Path]:
    return sorted(folder.glob(f"{timm_name(name)}.*safetensors"))


def _in_folder(name: str, folder: Path) -> str | None:
    files = _files_in(name, folder)
    if len(files) > 1:
        raise RecipeError(
            f"{folder} holds {len(files)} files of weights for {name}: "
            f"{', '.join(file.name for file in files)}.",
            "Name one of them with --set model.weights=FILE.",
        )
    return str(files[0]) if files else None


def check_weights(recipe: Recipe) -> None:
    """Make sure that the weights of a recipe can be had, before anything is started.

    Raises `RecipeError` where a file is missing, and where timm's weights are neither in the cache
    of Hugging Face nor their hub can be reached. Whether a file fits its network is seen later.
    """
    weights, name = recipe.model.weights, recipe.model.name
    if weights == "none":
        return
    if weights != "imagenet":
        if not Path(weights).is_file():
            raise RecipeError(f"model.weights names {weights!r}, which is no file.", OTHER_WEIGHTS)
        return
    if _is_cached(timm_name(name)):
        return
    if reason := _why_hub_is_out_of_reach():
        raise RecipeError(
            f"The ImageNet weights of {name} are not on this machine, and {reason}.", OTHER_WEIGHTS
        )


def _is_cached(name: str) -> bool:
    """Whether the cache of Hugging Face holds weights of timm's backbone `name`."""
    if not (cache := os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE")):
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "huggingface"
        cache = str(Path(os.environ.get("HF_HOME") or base) / "hub")
    folders = [*Path(cache).glob(f"models--timm--{name}.*"), Path(cache) / f"models--timm--{name}"]
    kinds = ("*.safetensors", "*.bin")
    return any(any(folder.glob(f"snapshots/*/{kind}")) for folder in folders for kind in kinds)


def _why_hub_is_out_of_reach() -> str:
    """Why weights cannot be downloaded; empty where the hub, or the proxy before it, answers."""
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE"):
        return "HF_HUB_OFFLINE forbids to download them"
    hub = urllib.parse.urlsplit(os.environ.get("HF_ENDPOINT") or _HUB)
    proxy = urllib.request.getproxies().get(hub.scheme)
    if proxy and not urllib.request.proxy_bypass(hub.hostname or ""):
        way = urllib.parse.urlsplit(proxy if "//" in proxy else f"//{proxy}")
    else:
        way = hub
    problem = [f"{way.hostname} did not answer within {_WAIT:g} seconds"]

    def connect() -> None:
        try:
            port = way.port or (80 if way.scheme == "http" else 443)
            socket.create_connection((way.hostname or "", port), timeout=_WAIT).close()
            problem[0] = ""
        except OSError as error:
            problem[0] = f"{way.hostname} cannot be reached ({error.strerror or error})"

    # Looking up a name knows no time limit of its own.
    attempt = threading.Thread(target=connect, daemon=True)
    attempt.start()
    attempt.join(_WAIT)
    return problem[0]
