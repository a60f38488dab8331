"""The wire format, against the reference implementation that onnx brings along."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import ModelProto, StringStringEntryProto

from pneumoscope.modelfile import protobuf


@given(st.text(max_size=300), st.text(max_size=300))
def test_appended_fields_are_read_by_the_reference(key: str, value: str) -> None:
    data = protobuf.bytes_field(1, key.encode()) + protobuf.bytes_field(2, value.encode())
    entry = StringStringEntryProto.FromString(data)
    assert (entry.key, entry.value) == (key, value)


@given(st.integers(-(2**63), 2**63 - 1), st.text(max_size=300), st.lists(st.text(), max_size=5))
def test_fields_of_the_reference_are_found(version: int, producer: str, keys: list[str]) -> None:
    proto = ModelProto(ir_version=version, producer_name=producer)
    for key in keys:
        proto.metadata_props.add(key=key, value="x")
    data = proto.SerializeToString()
    found = list(protobuf.fields(data))
    assert [field.number for field in found] == [1, 2] + [14] * len(keys)
    assert data[found[1].payload : found[1].end] == producer.encode()
    assert [field.start for field in found] == [0, *(field.end for field in found[:-1])]
    assert found[-1].end == len(data)


@given(st.binary(max_size=100))
def test_random_bytes_end_or_are_refused(data: bytes) -> None:
    try:
        last = list(protobuf.fields(data))[-1:]
    except protobuf.BrokenMessageError:
        return
    assert not data or last[0].end == len(data)


@pytest.mark.parametrize(
    "data",
    [
        b"\x00\x00",  # field number zero
        b"\x0b",  # a group, which no current message has
        b"\x08",  # a number that is missing
        b"\x08" + b"\x80" * 10 + b"\x01",  # a number that does not end
        b"\x0d\x00",  # four bytes, one given
        b"\x09\x00\x00\x00\x00",  # eight bytes, four given
        b"\x12\x05abc",  # five bytes, three given
    ],
)
def test_broken_fields_are_refused(data: bytes) -> None:
    with pytest.raises(protobuf.BrokenMessageError):
        list(protobuf.fields(data))
