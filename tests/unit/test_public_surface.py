"""What `import pneumoscope` offers."""

from __future__ import annotations

import pytest

import pneumoscope


def test_the_surface_is_sorted_and_complete() -> None:
    assert pneumoscope.__all__ == sorted(pneumoscope.__all__)
    assert dir(pneumoscope) == pneumoscope.__all__


@pytest.mark.parametrize("name", pneumoscope.__all__)
def test_every_name_is_there_under_its_own_name(name: str) -> None:
    value = getattr(pneumoscope, name)
    assert getattr(value, "__name__", name) == name


def test_other_names_are_missing() -> None:
    with pytest.raises(AttributeError, match="no attribute 'predict'"):
        _ = pneumoscope.predict  # type: ignore[attr-defined]


def test_every_error_is_public() -> None:
    from pneumoscope import errors

    tree = {name for name in vars(errors) if name.endswith("Error")}
    assert tree <= set(pneumoscope.__all__)
