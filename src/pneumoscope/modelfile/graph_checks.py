"""What the graph of a model file may be made of: weights inside the file, and known operators.

The checksums of a model file cover its bytes. That they cover the model too, its graph must take
nothing from elsewhere; and so that judging a film costs what the graph's size lets expect, nothing
in it may run in circles. Only the lists of the graph are walked, without the onnx package.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pneumoscope.modelfile.protobuf import BYTES, VARINT, BrokenMessageError, WireField, fields

MAX_GRAPH_FIELDS: Final = 1_000_000
"""Nodes, weights and their fields, all together; the largest networks have some 50,000."""

DOMAINS: Final = frozenset({b"", b"ai.onnx"})

# What networks on images compute with, attention and 8-bit weights included. Left out are: graphs
# within graphs (Loop, Scan, If, SequenceMap), random numbers, training, text and sequences.
_LAYERS = """
    Attention AveragePool BatchNormalization Conv ConvInteger ConvTranspose DeformConv Dropout GRU
    Gemm GlobalAveragePool GlobalLpPool GlobalMaxPool GroupNormalization InstanceNormalization LRN
    LSTM LayerNormalization LpNormalization LpPool MatMul MatMulInteger MaxPool
    MeanVarianceNormalization RMSNormalization RNN RotaryEmbedding
"""
_ACTIVATIONS = """
    Celu Clip Elu Erf Gelu HardSigmoid HardSwish Hardmax LeakyRelu LogSoftmax Mish PRelu Relu Selu
    Shrink Sigmoid Softmax Softplus Softsign Swish Tanh ThresholdedRelu
"""
_ARITHMETIC = """
    Abs Acos Acosh Add And Asin Asinh Atan Atanh BitShift BitwiseAnd BitwiseNot BitwiseOr BitwiseXor
    Cast CastLike Ceil Cos Cosh Div Equal Exp Floor Greater GreaterOrEqual Identity IsInf IsNaN Less
    LessOrEqual Log Max Mean Min Mod Mul Neg Not Or Pow Reciprocal Round Sign Sin Sinh Sqrt Sub Sum
    Tan Where Xor
"""
_OVER_AN_AXIS = """
    ArgMax ArgMin CumSum Einsum ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean
    ReduceMin ReduceProd ReduceSum ReduceSumSquare TopK
"""
_SHAPES_AND_PLACES = """
    AffineGrid CenterCropPad Compress Concat Constant ConstantOfShape DepthToSpace Expand EyeLike
    Flatten Gather GatherElements GatherND GridSample NonZero OneHot Pad Range Reshape Resize
    ReverseSequence ScatterElements ScatterND Shape Size Slice SpaceToDepth Split Squeeze Tile
    Transpose Trilu Unsqueeze Upsample
"""
_EIGHT_BITS = """
    DequantizeLinear DynamicQuantizeLinear QLinearConv QLinearMatMul QuantizeLinear
"""
OPERATORS: Final = frozenset(
    (
        _LAYERS + _ACTIVATIONS + _ARITHMETIC + _OVER_AN_AXIS + _SHAPES_AND_PLACES + _EIGHT_BITS
    ).split()
)

# Field numbers of onnx.proto3.
_MODEL_GRAPH, _MODEL_TRAINING, _MODEL_FUNCTIONS = 7, 20, 25
_GRAPH_NODE, _GRAPH_INITIALIZER, _GRAPH_SPARSE_INITIALIZER = 1, 5, 15
_NODE_OPERATOR, _NODE_ATTRIBUTE, _NODE_DOMAIN = 4, 5, 7
_ATTRIBUTE_TENSORS, _ATTRIBUTE_GRAPHS, _ATTRIBUTE_SPARSE = (5, 10), (6, 11), (22, 23)
_TENSOR_NAME, _TENSOR_EXTERNAL_DATA, _TENSOR_DATA_LOCATION = 8, 13, 14


class ForbiddenGraphError(ValueError):
    """A graph holds what a model file may not; says what, without saying where from."""


def check_graph(data: bytes, end: int) -> None:
    """Raise `ForbiddenGraphError` unless the serialized `ModelProto` in `data[:end]` is all there
    is to a model: weights in the file itself, and nodes of `OPERATORS` of ONNX's own domain,
    without graphs within graphs, local functions and sparse tensors.

    Raises `BrokenMessageError` where the bytes are no such message, or hold more than
    `MAX_GRAPH_FIELDS` fields. What protobuf would merge, such as a graph given in two pieces, is
    checked piece by piece.
    """
    _Walk(data).model(end)


class _Walk:
    """A walk over the parts of a model that counts what it has seen."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.left = MAX_GRAPH_FIELDS

    def model(self, end: int) -> None:
        for field in self.fields(0, end):
            if field.number == _MODEL_GRAPH:
                self.graph(field)
            elif field.number == _MODEL_FUNCTIONS:
                raise ForbiddenGraphError("it defines functions of its own")
            elif field.number == _MODEL_TRAINING:
                raise ForbiddenGraphError("it holds a graph for training")

    def graph(self, graph: WireField) -> None:
        for field in self.fields(graph.payload, graph.end):
            if field.number == _GRAPH_NODE:
                self.node(field)
            elif field.number == _GRAPH_INITIALIZER:
                self.tensor(field)
            elif field.number == _GRAPH_SPARSE_INITIALIZER:
                raise ForbiddenGraphError("it holds sparse tensors")

    def node(self, node: WireField) -> None:
        # Where a field comes twice, protobuf takes the last one: all of them must be allowed.
        operators, domains = [], []
        parts = list(self.fields(node.payload, node.end))
        for field in parts:
            if field.number == _NODE_OPERATOR:
                operators.append(self.bytes_of(field))
            elif field.number == _NODE_DOMAIN:
                domains.append(self.bytes_of(field))
        for domain in domains:
            if domain not in DOMAINS:
                raise ForbiddenGraphError(
                    f"it uses the operator {_text(operators)} of the domain {_text([domain])}"
                )
        if not operators or any(name.decode("latin-1") not in OPERATORS for name in operators):
            raise ForbiddenGraphError(f"it uses the operator {_text(operators)}")
        for field in parts:
            if field.number == _NODE_ATTRIBUTE:
                self.attribute(field, _text(operators))

    def attribute(self, attribute: WireField, operator: str) -> None:
        for field in self.fields(attribute.payload, attribute.end):
            if field.number in _ATTRIBUTE_GRAPHS:
                raise ForbiddenGraphError(f"its operator {operator} holds a graph of its own")
            if field.number in _ATTRIBUTE_SPARSE:
                raise ForbiddenGraphError("it holds sparse tensors")
            if field.number in _ATTRIBUTE_TENSORS:
                self.tensor(field)

    def tensor(self, tensor: WireField) -> None:
        names = [b""]
        outside = False
        for field in self.fields(tensor.payload, tensor.end, also=VARINT):
            if field.number == _TENSOR_NAME and field.wire_type == BYTES:
                names.append(self.bytes_of(field))
            elif field.number == _TENSOR_EXTERNAL_DATA and field.wire_type == BYTES:
                outside = True
            elif field.number == _TENSOR_DATA_LOCATION and field.wire_type == VARINT:
                outside |= any(byte & 0x7F for byte in self.bytes_of(field))
        if outside:
            raise ForbiddenGraphError(f"it takes the numbers of {_text(names)} from another file")

    def fields(self, start: int, end: int, also: int = BYTES) -> Iterator[WireField]:
        """The fields of a message that hold something, and those of the wire type `also`."""
        for field in fields(self.data, start, end, limit=MAX_GRAPH_FIELDS):
            self.left -= 1
            if self.left < 0:
                raise BrokenMessageError(f"its graph has more than {MAX_GRAPH_FIELDS:,} fields")
            if field.wire_type in (BYTES, also):
                yield field

    def bytes_of(self, field: WireField) -> bytes:
        return self.data[field.payload : field.end]


def _text(names: list[bytes]) -> str:
    """A name that stands in the graph, as a message may repeat it."""
    name = names[-1].decode("utf-8", "replace") if names else ""
    return repr(name if len(name) <= 60 else name[:60] + "...")
