"""The other side of `training_throughput.py`: training as most tutorials write it.

ImageFolder, PIL transforms in two worker processes, single precision. Prints images per second of
the second epoch, loading included.
"""

from __future__ import annotations

import argparse
import time

from pneumoscope.networks.torchvision_ops import declare_missing_operators

declare_missing_operators()

import torch  # noqa: E402
from torch import nn  # noqa: E402
from torch.utils.data import DataLoader  # noqa: E402
from torchvision import models, transforms  # noqa: E402
from torchvision.datasets import ImageFolder  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", help="folder with one folder a class")
    parser.add_argument("model", choices=["mobilenet_v2", "resnet50"])
    parser.add_argument("--batch-size", type=int, default=32)
    arguments = parser.parse_args()
    transform = transforms.Compose(
        [
            transforms.Resize((224, 224)),
            transforms.RandomHorizontalFlip(),
            transforms.RandomRotation(10),
            transforms.ColorJitter(brightness=0.2, contrast=0.2),
            transforms.ToTensor(),
            transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
        ]
    )
    films = ImageFolder(arguments.folder, transform)
    loader = DataLoader(films, arguments.batch_size, shuffle=True, num_workers=2)
    network = getattr(models, arguments.model)(num_classes=len(films.classes)).train()
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-4)
    loss_of = nn.CrossEntropyLoss()
    for _ in range(2):
        started = time.perf_counter()
        for images, targets in loader:
            optimizer.zero_grad()
            loss = loss_of(network(images), targets)
            loss.backward()
            optimizer.step()
        seconds = time.perf_counter() - started
    print(len(films) / seconds)


if __name__ == "__main__":
    main()
