"""Training, built on Lightning."""

# Before Lightning, which imports torchvision: it declares the operators that torchvision needs.
import pneumoscope.networks  # noqa: F401
