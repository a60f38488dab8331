"""The networks that are trained: backbones of timm and our own, pooling and a linear head.

Importing this package declares the operators that torchvision needs (see `torchvision_ops`), since
timm imports torchvision; `backbones` registers ours with timm. Elsewhere nothing happens at import.
"""

from pneumoscope.networks.torchvision_ops import declare_missing_operators

declare_missing_operators()
