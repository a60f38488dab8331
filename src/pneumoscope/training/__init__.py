"""Training, built on Lightning.

Importing this package declares the operators that torchvision needs (see `models.torchvision_ops`),
because Lightning imports torchvision: the one thing here that happens at import.
"""

from pneumoscope.networks.torchvision_ops import declare_missing_operators

declare_missing_operators()
