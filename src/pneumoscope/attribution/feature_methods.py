"""Methods that weigh the channels of a feature map: class activation maps and their relatives.

Films are float `(N, 1, S, S)` of 0 to 255; `layer` is the module whose output is the feature map,
`(N, D, h, w)`. Maps are `(N, C, h, w)` on its grid, for the `contrast` of the logits.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pneumoscope.errors import PneumoscopeError, needs_extra
from pneumoscope.networks.network import Network, contrast

LIBRARY_CLASSES = {
    "grad-cam": "GradCAM",
    "grad-cam++": "GradCAMPlusPlus",
    "layer-cam": "LayerCAM",
}

_MASKS_AT_ONCE = 16


def hook_cam(network: Network, layer: nn.Module, films: Tensor) -> Tensor:
    """Class activation maps (Zhou et al. 2016): the head's weights on the feature map. Signed."""
    with torch.inference_mode():
        features, _ = features_and_logits(network, layer, films)
        return torch.einsum("cd,ndhw->nchw", network.head.weight, features)


def library_cam(method: str, network: nn.Module, layer: nn.Module) -> Any:
    """The class of pytorch-grad-cam behind a method of `LIBRARY_CLASSES`, for `gradient_cam`.

    Raises `MissingExtraError` where the library is not installed.
    """
    with needs_extra(f"The method {method}", "train"):
        import pytorch_grad_cam
    library = getattr(pytorch_grad_cam, LIBRARY_CLASSES[method])(network, [layer])
    # Its own hooks would keep the features of every film that the network ever sees.
    library.activations_and_grads.release()
    return library


def gradient_cam(library: Any, network: nn.Module, layer: nn.Module, films: Tensor) -> Tensor:
    """Maps by Grad-CAM (Selvaraju et al. 2017), Grad-CAM++ (Chattopadhay et al. 2018) or Layer-CAM
    (Jiang et al. 2021), whichever `library` stands for.

    As published, they show what speaks for a class: nothing is below 0. The library would also
    scale each map to 0..1 and enlarge it to the film, which would make a film without evidence look
    like one with much of it; here maps keep the method's own scale and grid.
    """
    # Gradients flow back to the films, so that the network itself may be frozen.
    features, logits = features_and_logits(network, layer, films.requires_grad_())
    activations = features.detach().numpy()
    maps = []
    for score in contrast(logits).unbind(dim=1):
        (gradients,) = torch.autograd.grad(score.sum(), features, retain_graph=True)
        maps.append(
            library.get_cam_image(films, layer, None, activations, gradients.numpy(), False)
        )
    return torch.from_numpy(np.maximum(np.stack(maps, axis=1), 0.0))


def score_cam(network: nn.Module, layer: nn.Module, film: Tensor) -> Tensor:
    """Score-CAM (Wang et al. 2020) of one film `(1, 1, S, S)`. Nothing is below 0.

    The network sees the film once under each channel, which is enlarged and scaled to 0..1; the
    softmax over these answers weighs the channels. The numbers are those of pytorch-grad-cam, whose
    own class runs the network once more for every class, keeps all feature maps of these runs, and
    draws progress bars.
    """
    with torch.inference_mode():
        features, _ = features_and_logits(network, layer, film)
        scores = []
        for channels in features.transpose(0, 1).split(_MASKS_AT_ONCE):
            masks = F.interpolate(channels, film.shape[-2:], mode="bilinear", align_corners=True)
            low, high = masks.amin((2, 3), keepdim=True), masks.amax((2, 3), keepdim=True)
            scores.append(contrast(network(film * (masks - low) / (high - low + 1e-8))))
        weights = torch.cat(scores).softmax(dim=0)
        return torch.einsum("dc,ndhw->nchw", weights, features).clamp_min(0.0)


def features_and_logits(
    network: nn.Module, layer: nn.Module, films: Tensor
) -> tuple[Tensor, Tensor]:
    """Run the network, and return the output of a layer with that of the network.

    Raises `PneumoscopeError` unless the layer runs once and gives a feature map.
    """
    outputs: list[Tensor] = []
    hook = layer.register_forward_hook(lambda module, inputs, output: outputs.append(output))
    try:
        logits = network(films)
    finally:
        hook.remove()
    if len(outputs) != 1 or outputs[0].ndim != 4:
        shapes = ", ".join(str(tuple(output.shape)) for output in outputs)
        raise PneumoscopeError(
            f"The layer {type(layer).__name__} gives {shapes or 'nothing'} in one pass, not one "
            "feature map (N, channels, rows, columns).",
            "Choose a layer of this network before its pooling.",
        )
    return outputs[0], logits
