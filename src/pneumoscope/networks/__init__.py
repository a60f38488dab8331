"""The networks that are trained: backbones by name, pooling and a linear head, in torch."""
