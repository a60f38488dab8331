"""Tables as files: CSV in its dialects and encodings, Parquet and Excel, read into rows of text.

What a cell means is no matter here: see `columns.py`.
"""

from __future__ import annotations

import csv
import gzip
import io
import math
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pneumoscope.errors import DatasetError, needs_extra
from pneumoscope.wording import from_csv_cell

TABLE_SUFFIXES = frozenset({".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".parquet", ".xlsx"})
KINDS_OF_TABLES = "CSV, TSV, Parquet or Excel"

_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
_SAMPLED_LINES = 50
# Many times what the largest published tables have; what unpacks to more is no table of films.
_MOST_BYTES = 1 << 29
_OWN_HEADER = b"path,label,split,patient_id,"


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row: its number as a spreadsheet shows it, the header being row 1, and its cells by
    column, as text; an empty cell is `""`."""

    number: int
    cells: dict[str, str]


@dataclass(frozen=True)
class TableRows:
    """The rows of a table file that are not blank, under the columns that have a name.

    `notes` say, in words for a person, what was found out about the file: how columns are
    separated, how text is encoded, which sheet was read. They are empty where it is as usual.
    """

    path: Path
    columns: tuple[str, ...]
    rows: tuple[TableRow, ...]
    notes: tuple[str, ...] = field(default=(), compare=False)


def is_table(path: Path) -> bool:
    """Whether a file is called as tables are that `read_rows` reads."""
    return _suffix(path) in TABLE_SUFFIXES


def read_rows(path: Path) -> TableRows:
    """Read a CSV (separated by `,`, `;` or tabs; UTF-8, UTF-16 or Windows-1252; also `.gz`), a
    Parquet file, or the first sheet of an Excel workbook (`.xlsx`).

    In CSV, an apostrophe that `wording.csv_cell` put before a formula is taken off. Numbers that
    are whole are written without a fraction, as `7`, where the file holds them as numbers.

    Raises `DatasetError` for what cannot be read, has no rows, has two columns of one name, or a
    row with more cells than the header; `MissingExtraError` where a package is needed.
    """
    suffix = _suffix(path)
    try:
        if suffix == ".parquet":
            return _read_parquet(path)
        if suffix == ".xlsx":
            return _read_excel(path)
        with gzip.open(path) if suffix.endswith(".gz") else path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise _unreadable(path, error) from error
    _check_size(path, len(content))
    return _read_csv(path, content)


def _check_size(path: Path, size: int) -> None:
    if size > _MOST_BYTES:
        raise DatasetError(
            f"The table {path} holds more than {_MOST_BYTES >> 20} MiB, as no table of films does.",
            "Give a table with a row for every film.",
        )


def _suffix(path: Path) -> str:
    suffixes = [suffix.lower() for suffix in path.suffixes[-2:]]
    return "".join(suffixes) if suffixes[-1:] == [".gz"] else "".join(suffixes[-1:])


def _read_csv(path: Path, content: bytes) -> TableRows:
    text, encoding = _decode(path, content)
    lines = io.StringIO(text, newline="")
    separator, stated = _stated_separator(lines.readline())
    if not stated:
        lines.seek(0)
        separator = _separator(text)
    try:
        records = [
            [from_csv_cell(cell) for cell in record]
            for record in csv.reader(lines, delimiter=separator)
        ]
    except csv.Error as error:
        raise _unreadable(path, error) from error
    notes = [f"text is {encoding}"] if encoding else []
    if separator != ",":
        notes.append(f"columns are separated by {_SEPARATORS.get(separator, repr(separator))}")
    return _rows(path, records, notes, first=2 if stated else 1)


def _decode(path: Path, content: bytes) -> tuple[str, str]:
    """The text of a CSV file, and its encoding in words where that is not UTF-8."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        attempts = [("utf-16", "UTF-16")]
    elif content[1:2] == b"\0" or content[:1] == b"\0":
        attempts = [("utf-16-le" if content[1:2] == b"\0" else "utf-16-be", "UTF-16")]
    else:
        attempts = [("utf-8-sig", ""), ("cp1252", "Windows-1252")]
    for codec, words in attempts:
        # Tables that were written by `FilmTable` keep names that are no text, byte for byte.
        own = codec == "utf-8-sig" and content.startswith(_OWN_HEADER)
        try:
            return content.decode(codec, "surrogateescape" if own else "strict"), words
        except UnicodeDecodeError:
            continue
    raise DatasetError(
        f"The text of {path} is neither UTF-8 nor UTF-16 nor Windows-1252.",
        "Save the table as CSV in UTF-8.",
    )


def _stated_separator(line: str) -> tuple[str, bool]:
    """The separator that Excel's first line `sep=;` states, and whether it is there."""
    text = line.rstrip("\r\n")
    return (text[4], True) if len(text) == 5 and text.lower().startswith("sep=") else (",", False)


def _separator(text: str) -> str:
    """The separator under which the first lines have most columns, and all equally many."""

    def fit(separator: str) -> tuple[bool, int]:
        sample = io.StringIO(text, newline="")
        widths = []
        try:
            for record, _ in zip(
                csv.reader(sample, delimiter=separator), range(_SAMPLED_LINES), strict=False
            ):
                if record:
                    widths.append(len(record))
        except csv.Error:
            return False, 0
        return len(set(widths)) == 1 and widths[0] > 1, widths[0] if widths else 0

    return max(_SEPARATORS, key=fit)


def _read_parquet(path: Path) -> TableRows:
    with needs_extra("Parquet tables", "data"):
        import pyarrow
        import pyarrow.parquet
    try:
        table = pyarrow.parquet.read_table(path)
        columns = [column.to_pylist() for column in table.columns]
    except pyarrow.ArrowException as error:
        raise _unreadable(path, error) from error
    records = [list(table.column_names), *map(list, zip(*columns, strict=True))]
    return _rows(path, ([_text(cell) for cell in record] for record in records), [])


def _read_excel(path: Path) -> TableRows:
    with needs_extra("Excel tables", "data"):
        import openpyxl
    try:
        with zipfile.ZipFile(path) as parts:
            _check_size(path, sum(part.file_size for part in parts.infolist()))
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        sheet = book.worksheets[0]
        records = [[_text(cell) for cell in record] for record in sheet.iter_rows(values_only=True)]
        names = [other.title for other in book.worksheets]
        book.close()
    except (zipfile.BadZipFile, KeyError, ValueError, IndexError) as error:
        raise _unreadable(path, error) from error
    notes = [f"of {len(names)} sheets the first, {names[0]!r}, was read"] if len(names) > 1 else []
    return _rows(path, records, notes)


def _text(cell: object) -> str:
    """A cell that is a value of Python as text."""
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def _rows(
    path: Path, records: Iterable[Sequence[str]], notes: Sequence[str], first: int = 1
) -> TableRows:
    """The rows under the first record that is not blank; the first of all has the number `first`.

    Columns without a name, such as the index that pandas writes, are left out."""
    numbered = ((number, row) for number, row in enumerate(records, first) if any(_filled(row)))
    try:
        header = [name.strip() for name in next(numbered)[1]]
    except StopIteration:
        raise DatasetError(f"The table {path} is empty.") from None
    named = [name for name in header if name]
    if twice := next((name for name in named if named.count(name) > 1), None):
        raise DatasetError(
            f"The table {path} has two columns called {twice!r}.", "Rename or remove one of them."
        )
    shared: dict[str, str] = {}
    rows = []
    for number, record in numbered:
        if any(_filled(record[len(header) :])):
            raise DatasetError(
                f"Row {number} of {path} has {len(record)} cells, the header has {len(header)}.",
                "Is a cell with the separator in it not in quotes?",
            )
        cells = {
            # A cell is kept once, however often it is repeated: tables have 100,000s of rows.
            name: shared.setdefault(cell, cell)
            for name, cell in zip(header, [*record, *[""] * len(header)], strict=False)
            if name
        }
        rows.append(TableRow(number, cells))
    if not rows:
        raise DatasetError(f"The table {path} has a header and no rows.")
    return TableRows(path, tuple(named), tuple(rows), tuple(notes))


def _filled(record: Iterable[str]) -> Iterator[bool]:
    return (bool(cell.strip()) for cell in record)


def _unreadable(path: Path, error: Exception) -> DatasetError:
    reason = getattr(error, "strerror", None) or error
    return DatasetError(
        f"The table {path} could not be read: {reason}.",
        "If it opens in a spreadsheet, save it from there as CSV in UTF-8.",
    )
