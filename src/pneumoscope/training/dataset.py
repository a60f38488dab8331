"""Films for training: rows of the pixel cache, in an order that seed and epoch decide."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
import torch.distributed as dist
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler


class FilmBatch(NamedTuple):
    """Images uint8 `(N, 1, H, W)`, class indices `(N,)`, positions in the dataset `(N,)`.

    `lungs` are lung fields, boolean `(N, 1, h, w)`, where the films have them.
    """

    images: Tensor
    targets: Tensor
    positions: Tensor
    lungs: Tensor | None = None


class FilmDataset(Dataset[FilmBatch]):
    """Films of one split; whole batches are fetched at once, since rows are plain arrays."""

    def __init__(
        self,
        pixels: npt.NDArray[np.uint8],
        rows: npt.NDArray[np.int64],
        y_true: npt.NDArray[np.int64],
        lungs: npt.NDArray[np.bool_] | None = None,
    ) -> None:
        self.pixels, self.rows, self.y_true, self.lungs = pixels, rows, y_true, lungs

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, position: int) -> FilmBatch:
        return self.__getitems__([position])

    def __getitems__(self, positions: Sequence[int]) -> FilmBatch:
        chosen = np.asarray(positions, dtype=np.int64)
        return FilmBatch(
            torch.from_numpy(self.pixels[self.rows[chosen]][:, None]),
            torch.from_numpy(self.y_true[chosen]),
            torch.from_numpy(chosen),
            None if self.lungs is None else torch.from_numpy(self.lungs[chosen][:, None]),
        )


class EpochShuffle(Sampler[int]):
    """A new order every epoch, from seed and epoch alone, so that a resumed run continues it.

    With several devices each process takes its share of that order.
    """

    def __init__(self, count: int, seed: int) -> None:
        self.count, self.seed, self.epoch = count, seed, 0

    def set_epoch(self, epoch: int) -> None:
        """Called by the trainer before every epoch."""
        self.epoch = epoch

    def __iter__(self) -> Iterator[int]:
        process, processes = _process()
        order = np.random.default_rng([self.seed, self.epoch]).permutation(self.count)
        yield from order[process : len(self) * processes : processes].tolist()

    def __len__(self) -> int:
        return self.count // _process()[1]


def _process() -> tuple[int, int]:
    """Number of this process among those that train together, and how many they are."""
    if dist.is_available() and dist.is_initialized():
        return dist.get_rank(), dist.get_world_size()
    return 0, 1


def _as_it_is(batch: Any) -> Any:
    return batch


def training_loader(dataset: FilmDataset, batch_size: int, seed: int) -> DataLoader[FilmBatch]:
    """Shuffled batches. A last batch of one film is left out: batch norm needs two."""
    return DataLoader(
        dataset,
        batch_size=batch_size,
        sampler=EpochShuffle(len(dataset), seed),
        collate_fn=_as_it_is,
        drop_last=len(dataset) % batch_size == 1,
        # A loader draws a number when it starts. From the common generator, that would shift all
        # later ones, and a resumed run starts its loader at another moment than an unbroken one.
        generator=torch.Generator(),
    )


def validation_loader(dataset: FilmDataset, batch_size: int) -> DataLoader[FilmBatch]:
    """Batches in the order of the table."""
    return DataLoader(dataset, batch_size=batch_size, shuffle=False, collate_fn=_as_it_is)
