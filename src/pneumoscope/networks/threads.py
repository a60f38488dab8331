"""How many threads PyTorch computes with on the CPU."""

from __future__ import annotations

import torch

from pneumoscope import cores


def use_threads() -> None:
    """Let PyTorch compute with as many threads as `cores.threads` says.

    Where nobody has set that, PyTorch keeps a lower number that a program may have given it.
    """
    wanted = cores.threads()
    if cores.is_set() or torch.get_num_threads() > wanted:
        torch.set_num_threads(wanted)
