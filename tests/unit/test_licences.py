"""The base install is free of copyleft, and of torch."""

from __future__ import annotations

import pytest
from generation.licences import (
    UNKNOWN,
    Dependency,
    dependencies,
    stated_requirements,
)

BASE = list(dependencies(stated_requirements()[""]))


@pytest.mark.parametrize("dependency", BASE, ids=lambda dependency: dependency.name)
def test_every_package_of_the_base_install_is_under_a_permissive_licence(
    dependency: Dependency,
) -> None:
    chain = " > ".join((*dependency.through, dependency.name))
    assert dependency.licence != UNKNOWN, f"{chain} does not say its licence"
    assert dependency.is_permissive, f"{chain} is under {dependency.licence}"


def test_the_base_install_does_without_torch() -> None:
    names = {dependency.name for dependency in BASE}
    assert "numpy" in names
    assert not {name for name in names if name.startswith(("torch", "nvidia"))}
