"""What an installation brings with it, and under which licences: from the packages' own metadata.

Versions are those of `constraints.txt`, which `make test` installs, and packages that it does not
pin are left out: so the page is the same on every machine.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from generation.tables import table

ROOT = Path(__file__).parents[2]

# SPDX names. MPL-2.0 is not among them: its copyleft reaches one file at a time and asks nothing of
# those who only use the package, but the base install promises none at all.
PERMISSIVE = {
    *("0BSD", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD-2-Clause", "BSD-3-Clause"),
    *("BSL-1.0", "CC0-1.0", "ISC", "MIT", "MIT-CMU", "PSF-2.0", "Zlib"),
}
UNKNOWN = "unknown"

_BSD = "BSD"
_SPDX = {
    "3-clause bsd license": "BSD-3-Clause",
    "apache 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "bsd": _BSD,
    "bsd license": _BSD,
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "python software foundation license": "PSF-2.0",
}

_HEAD = """# Licences of the dependencies

pneumoscope itself is under [Apache-2.0](../LICENSE). This page is made from the metadata of the
packages that `pip install -c constraints.txt` installs; `make docs` writes it. "Through" names what
requires a package that pneumoscope does not require itself.

**No package of the base install is under a copyleft licence**, be it strong or weak (GPL, LGPL,
AGPL, MPL, EPL, EUPL, ...); a test sees to it. {copyleft}

## What lies inside the wheels

The licences below are those that the packages state. Their wheels for Linux on the package index
also hold libraries of others, and some of these are copyleft:

- numpy and scipy: libgfortran of GCC (GPL-3.0-or-later with GCC's runtime library exception, which
  asks nothing of programs that use it) and libquadmath (LGPL-2.1-or-later; a shared library, which
  anyone may exchange). Both packages hold the terms of these.
- onnxruntime: among what is compiled in, Eigen (MPL-2.0). Its terms are in `ThirdPartyNotices.txt`.
- pillow and matplotlib: FreeType, under the FreeType licence; the GPL is only the other choice.
- imagecodecs (`codecs`), scikit-learn and torch (`train`): libgomp of GCC (as libgfortran).
- opencv-python-headless (`train`, for grad-cam): FFmpeg (LGPL-2.1-or-later), libgfortran and
  libquadmath.

On Linux, the torch of the package index also requires NVIDIA's CUDA libraries, which are not open
source; the build for CPUs does not.
"""


@dataclass(frozen=True)
class Dependency:
    """An installed package, and the chain of names by which it comes in; empty where direct."""

    package: Distribution
    through: tuple[str, ...]

    @property
    def name(self) -> str:
        """The name in the form that all tools compare."""
        return canonicalize_name(self.package.name)

    @property
    def licence(self) -> str:
        """As `licence_of` gives it."""
        return licence_of(self.package)

    @property
    def is_permissive(self) -> bool:
        """Whether one can choose terms that are all in `PERMISSIVE`."""
        choices = self.licence.split(" OR ")
        return any(PERMISSIVE.issuperset(choice.split(" AND ")) for choice in choices)


def stated_requirements() -> dict[str, list[str]]:
    """What `pyproject.toml` requires: of the base install, named "", and of each extra."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {"": project["dependencies"], **project["optional-dependencies"]}


def dependencies(
    stated: Iterable[str], wanted: Callable[[str], bool] = lambda name: True
) -> Iterator[Dependency]:
    """All that `stated` requirements bring in here, nearest first, each once.

    Raises `importlib.metadata.PackageNotFoundError` for one that is `wanted` and not installed.
    """
    waiting: list[tuple[Requirement, tuple[str, ...]]]
    waiting = [(Requirement(text), ()) for text in stated]
    seen: set[str] = set()
    while waiting:
        requirement, through = waiting.pop(0)
        name = canonicalize_name(requirement.name)
        if name in seen or not wanted(name):
            continue
        seen.add(name)
        package = distribution(name)
        yield Dependency(package, through)
        waiting += [
            (inner, (*through, name))
            for inner in map(Requirement, package.requires or [])
            if _applies(inner, requirement.extras)
        ]


def _applies(requirement: Requirement, extras: set[str]) -> bool:
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in extras or {""})


def licence_of(package: Distribution) -> str:
    """Its licence, from the SPDX field, the older one, or the classifiers.

    An SPDX expression; where none is known for it, what the package states, or `UNKNOWN`.
    """
    metadata = package.metadata
    classifiers = metadata.get_all("Classifier") or []
    fields = (
        metadata["License-Expression"],
        metadata["License"],
        *(line.split(" :: ")[-1] for line in classifiers if line.startswith("License ::")),
    )
    stated = [" ".join(field.split()) for field in fields if field]
    for text in stated:
        name = _spdx(text)
        if name is not None:
            return _kind_of_bsd(package) if name == _BSD else name
    return min(stated, key=len, default=UNKNOWN)


def _spdx(stated: str) -> str | None:
    if stated.lower() in _SPDX:
        return _SPDX[stated.lower()]
    try:
        return canonicalize_license_expression(stated)
    except InvalidLicenseExpression:
        return None  # the whole text of a licence, or nothing


def _kind_of_bsd(package: Distribution) -> str:
    """The two kinds differ in the clause on the use of names."""
    texts = [package.metadata["License"] or ""]
    for file in package.files or []:
        if file.name.upper().startswith(("LICENSE", "LICENCE", "COPYING")):
            texts.append(Path(str(file.locate())).read_text(encoding="utf-8", errors="replace"))
    text = " ".join(" ".join(texts).split()).lower()
    if "redistributions of source code" not in text:
        return UNKNOWN
    return "BSD-3-Clause" if "endorse or promote" in text else "BSD-2-Clause"


def licences_page() -> str:
    """The page `licences.md`."""
    pinned = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    versions: dict[str, str] = {
        canonicalize_name(name): version
        for name, version in re.findall(r"^([\w.-]+)==(\S+)$", pinned, re.MULTILINE)
    }
    told: set[str] = set()
    sections = []
    strict = []
    for group, stated in stated_requirements().items():
        if group == "dev":
            continue
        found = [one for one in dependencies(stated, versions.__contains__) if one.name not in told]
        told |= {one.name for one in found}
        strict += [one for one in found if not one.is_permissive]
        sections.append(_section(group, found, versions))
    copyleft = ", ".join(f"{one.name} ({one.licence})" for one in strict)
    return _HEAD.format(copyleft=f"In the extras, these are: {copyleft}.") + "".join(sections)


def _section(group: str, found: list[Dependency], versions: dict[str, str]) -> str:
    title = f"Extra `{group}`: what it adds" if group else "Base install"
    if not found:
        return f"\n## {title}\n\nIt is not among the pinned versions, and not listed here.\n"
    rows = [
        [one.name, versions[one.name], one.licence, " > ".join(one.through)]
        for one in sorted(found, key=lambda one: one.name)
    ]
    return f"\n## {title}\n\n" + table(("package", "version", "licence", "through"), rows)
