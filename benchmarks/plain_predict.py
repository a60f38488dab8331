"""The other side of `cold_start.py`: one film through a torch network, in few lines."""

from __future__ import annotations

import sys

from pneumoscope.networks.torchvision_ops import declare_missing_operators

declare_missing_operators()

import torch  # noqa: E402
from PIL import Image  # noqa: E402
from torchvision import models, transforms  # noqa: E402

network = models.mobilenet_v2(num_classes=2)
network.load_state_dict(torch.load(sys.argv[2], weights_only=True))
network.eval()
transform = transforms.Compose(
    [
        transforms.Resize((224, 224)),
        transforms.ToTensor(),
        transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
    ]
)
image = transform(Image.open(sys.argv[1]).convert("RGB"))[None]
with torch.inference_mode():
    print(network(image).softmax(dim=1)[0].tolist())
