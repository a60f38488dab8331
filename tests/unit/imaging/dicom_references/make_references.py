"""Makes `references.npz`, the same bytes every time: films in pairs, and how others show them.

Every element meets every transfer syntax that it is possible in; the signs of the values and the
photometric interpretations are dealt out so that each pair of them, and of them with the others,
comes up too. From the folder above: `python -m dicom_references.make_references`. It needs dcmtk
and the extra `codecs`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from itertools import combinations, product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from . import dcmtk
from .elements import ELEMENTS, MIN_MAX, Element
from .films import Film, make_dataset, make_film, values_of
from .syntaxes import SYNTAXES, Syntax, film_file, written

TABLE = Path(__file__).with_name("references.npz")


class Row(NamedTuple):
    element: str
    syntax: str
    signed: bool
    photometric: str

    @property
    def name(self) -> str:
        sign = "signed" if self.signed else "unsigned"
        return "/".join((self.element, self.syntax, sign, self.photometric.replace(" ", "-")))


def rows() -> list[Row]:
    """One for each element and syntax: the one whose pairs have been met the fewest times."""
    chosen: list[Row] = []
    met: Counter[tuple[Any, ...]] = Counter()
    for element, syntax in product(ELEMENTS, SYNTAXES):
        possible = list(_possible(element, syntax))
        if possible:
            best = max(
                possible, key=lambda row: sum(1 / (1 + met[pair]) for pair in combinations(row, 2))
            )
            met.update(combinations(best, 2))
            chosen.append(best)
    return chosen


def _possible(name: str, syntax_name: str) -> Iterator[Row]:
    element, syntax = ELEMENTS[name], SYNTAXES[syntax_name]
    if element.syntaxes is not None and syntax_name not in element.syntaxes:
        return
    if syntax.lossy and not element.lossy:
        return
    # What has a window or a table fits 8 bits as well as 12.
    if element.bits > syntax.max_bits and (element.bits > 12 or element.reference == MIN_MAX):
        return
    for signed, photometric in product(element.signed, element.photometrics):
        if signed and not syntax.signed:
            continue
        if element.colour and photometric not in syntax.colours:
            continue
        yield Row(name, syntax_name, signed, photometric)


def make(row: Row) -> tuple[bytes, bytes, NDArray[np.uint8], dict[str, Any]]:
    """A film's file, its twin where dcmtk is shown one, the reference, and how it came to be."""
    element, syntax = ELEMENTS[row.element], SYNTAXES[row.syntax]
    bits = min(element.bits, syntax.max_bits)
    samples = 3 if row.photometric in ("RGB", "YBR_FULL") else 1
    film = make_film(bits, row.signed, row.photometric, samples, element.frames)
    dataset = make_dataset(film)
    element.change(dataset, film)
    file = film_file(dataset, syntax)
    if callable(element.reference):
        values = _values(dataset, film, file, syntax)
        how = {"tool": "numpy", "version": np.__version__}
        return file, b"", element.reference(values[0], film), how
    tool, options, twin = syntax.tool, list(element.reference), b""
    if element.twin is not None or not tool:
        tool, twin = "dcm2pnm", _twin(film, file, element, syntax)
    how = {"tool": tool, "options": options, "version": dcmtk.version(tool)}
    return file, twin, dcmtk.rendered(tool, options, twin or file), how


def _values(dataset: Dataset, film: Film, file: bytes, syntax: Syntax) -> NDArray[np.int64]:
    if syntax.decode is not None:
        return values_of(syntax.decode(file))
    return values_of(dataset) if "PixelData" in dataset else film.values


def _twin(film: Film, file: bytes, element: Element, syntax: Syntax) -> bytes:
    """A native film that means the same, for dcmtk to show in place of what it cannot read."""
    twin = make_dataset(film)
    (element.twin or element.change)(twin, film)
    if syntax.decode is not None:
        twin.PixelData = syntax.decode(file).PixelData
    return written(twin)


def main() -> None:
    files, references, table = [], [], []
    for row in rows():
        file, twin, reference, how = make(row)
        files += [file, twin]
        references.append(reference)
        how["needs_codecs"] = SYNTAXES[row.syntax].needs_codecs
        sizes = {"file_bytes": len(file), "twin_bytes": len(twin)}
        table.append({"name": row.name, **row._asdict(), **how, **sizes})
    np.savez_compressed(
        TABLE,
        files=np.frombuffer(b"".join(files), np.uint8),
        references=np.stack(references),
        rows=np.frombuffer(json.dumps(table).encode(), np.uint8),
    )
    print(f"{len(table)} rows, {TABLE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
