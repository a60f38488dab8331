"""Training, built on Lightning.

Importing this package declares the operators that torchvision needs, because Lightning imports
torchvision (see `networks.torchvision_ops`): the one thing here that happens at import.
"""

from pneumoscope.networks.torchvision_ops import declare_missing_operators

declare_missing_operators()
