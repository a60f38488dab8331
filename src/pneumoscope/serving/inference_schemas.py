"""The shapes of the Open Inference Protocol, as it writes them and as OpenAPI tells them.

Members that are not named here are passed over, as Triton does: its own examples have some.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Int64 = Annotated[int, Field(ge=0, lt=2**63)]


class _Request(BaseModel):
    model_config = ConfigDict(strict=True)


class InputParameters(_Request):
    """How the data of an input is sent; others are passed over."""

    binary_data_size: Int64 | None = Field(
        None, description="Bytes of its data, which follow the JSON."
    )
    shared_memory_region: Any = Field(None, description="Not offered.")


class InferenceInput(_Request):
    """A tensor that is sent: its data stands in `data`, flat or nested, or follows the JSON."""

    name: str = Field(examples=["image"])
    # One fault says enough, and a list may hold millions.
    shape: list[Int64] = Field(fail_fast=True, examples=[[1, 1, 224, 224]])
    datatype: str = Field(examples=["UINT8"])
    parameters: InputParameters | None = None
    data: list[Any] | None = None


class OutputParameters(_Request):
    """How an output is to be answered; others are passed over."""

    binary_data: bool | None = Field(None, description="Its data is to follow the JSON.")
    classification: Any = Field(None, description="Not offered.")
    shared_memory_region: Any = Field(None, description="Not offered.")


class WantedOutput(_Request):
    """A tensor that is asked for."""

    name: str = Field(examples=["probabilities"])
    parameters: OutputParameters | None = None


class RequestParameters(_Request):
    """How all outputs are to be answered; others are passed over."""

    binary_data_output: bool | None = Field(
        None, description="Their data is to follow the JSON, where they do not say otherwise."
    )


class InferenceRequest(_Request):
    """Tensors in, and which ones are wanted; without `outputs`, all of them."""

    id: str | None = Field(None, max_length=1_000, description="Comes back with the answer.")
    parameters: RequestParameters | None = None
    inputs: list[InferenceInput] = Field(fail_fast=True)
    outputs: list[WantedOutput] | None = Field(None, fail_fast=True)


class AnsweredOutput(BaseModel):
    """A tensor of the answer: its data is flat, or follows the JSON."""

    name: str
    datatype: Literal["FP32", "FP64"]
    shape: list[int]
    parameters: dict[str, int] | None = None
    data: list[float] | None = None


class InferenceAnswer(BaseModel):
    """Tensors out."""

    # The protocol's names, which pydantic would keep for itself.
    model_config = ConfigDict(protected_namespaces=())

    model_name: str
    model_version: str
    id: str | None = None
    outputs: list[AnsweredOutput]


class ServerMetadata(BaseModel):
    """Which server this is."""

    name: str
    version: str
    extensions: list[str]


class TensorMetadata(BaseModel):
    """A tensor; -1 stands for sizes that are left free."""

    name: str
    datatype: str
    shape: list[int]


class InferenceModel(BaseModel):
    """What a model takes and gives."""

    name: str
    versions: list[str]
    platform: str
    inputs: list[TensorMetadata]
    outputs: list[TensorMetadata]
    parameters: dict[str, Any] = Field(
        description="Not of the protocol: names of classes, how images are prepared, thresholds."
    )


class Live(BaseModel):
    """The server answers."""

    live: bool


class Ready(BaseModel):
    """The server, or a model of that name, is ready."""

    name: str | None = None
    ready: bool


class IndexedModel(BaseModel):
    """A model in the index."""

    name: str
    version: str
    state: Literal["READY"]
    reason: str
