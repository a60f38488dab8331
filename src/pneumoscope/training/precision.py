"""Whether this machine trains faster in mixed precision."""

from __future__ import annotations

import torch


def has_fast_bf16(accelerator: str) -> bool:
    """Whether the hardware itself multiplies matrices in bfloat16; emulation would be slower."""
    if accelerator == "cpu":
        return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return torch.cuda.is_available() and torch.cuda.is_bf16_supported(including_emulation=False)
