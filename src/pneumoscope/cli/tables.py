"""What commands share that take tables of films: columns, where films lie, what labels mean."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from pneumoscope.cli.logs import remark
from pneumoscope.data.tables.rules import PUBLISHED
from pneumoscope.wording import printable

_OPTIONS = (
    click.option(
        "--table",
        "published",
        type=click.Choice(PUBLISHED),
        help="DATA is this published table, with its own columns and meaning of labels.",
    ),
    click.option(
        "--films",
        "films_root",
        type=click.Path(path_type=Path, file_okay=False, exists=True),
        metavar="ROOT",
        help="Folder that the paths in a table are relative to  [default: the table's folder].",
    ),
    click.option("--path-column", metavar="NAME", help="A table's column of films."),
    click.option("--label-column", metavar="NAME", help="A table's column of labels."),
    click.option("--patient-column", metavar="NAME", help="A table's column of patients."),
    click.option(
        "--map-label",
        "label_map",
        metavar="OLD=NEW,...",
        multiple=True,
        help="Call labels of a table otherwise: covid=PNEUMONIA,normal=NORMAL. Repeatable; other "
        "labels stay.",
    ),
    click.option(
        "--finding",
        metavar="NAME",
        help="Of a table with several labels a film, look for this finding: films with it against "
        "films with none, called NORMAL.",
    ),
    click.option(
        "--other-findings",
        type=click.Choice(["leave-out", "healthy"]),
        default="leave-out",
        show_default=True,
        help="With --finding: what films with other findings only count as.",
    ),
    click.option(
        "--uncertain",
        type=click.Choice(["leave-out", "ill", "healthy"]),
        default="leave-out",
        show_default=True,
        help="What films count as of which a table says that the finding is uncertain.",
    ),
    click.option(
        "--laterals",
        is_flag=True,
        help="Keep lateral views, which a table or the tags of DICOM films tell.",
    ),
    click.option(
        "--labels-from",
        type=click.Path(path_type=Path, dir_okay=False, exists=True),
        metavar="TABLE",
        help="DATA is a folder of DICOM films, such as studies from an archive; take their labels "
        "from this table, by identifiers in their tags.",
    ),
    click.option(
        "--join",
        metavar="COLUMN|IDENTIFIER",
        help="With --labels-from: the table's column, or the tag, that tells a film's row: "
        "PatientID, AccessionNumber, StudyInstanceUID or SOPInstanceUID; both as COLUMN=IDENTIFIER "
        " [default: by the columns' names and by what matches].",
    ),
)


TABLE_ARGUMENTS = (
    *("published", "films_root", "path_column", "label_column", "patient_column", "label_map"),
    *("finding", "other_findings", "uncertain", "laterals"),
    *("labels_from", "join"),
)
"""What click calls the values of these options."""


def _tell(line: str) -> None:
    remark(printable(line))


def table_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options about tables of films, as one argument `tables`, a
    `TableRules`."""

    @functools.wraps(command)
    def with_rules(
        *arguments: Any,
        published: Any,
        films_root: Path | None,
        path_column: str | None,
        label_column: str | None,
        patient_column: str | None,
        label_map: tuple[str, ...],
        finding: str | None,
        other_findings: Any,
        uncertain: Any,
        laterals: bool,
        labels_from: Path | None,
        join: str | None,
        **settings: Any,
    ) -> Any:
        from pneumoscope.data.tables.rules import TableRules, parse_label_map

        rules = TableRules(
            published=published,
            films=films_root,
            path_column=path_column,
            label_column=label_column,
            patient_column=patient_column,
            label_map=parse_label_map(label_map),
            finding=finding,
            other_findings=other_findings,
            uncertain=uncertain,
            laterals=laterals,
            labels_from=labels_from,
            join=join,
            # A command may read its table more than once.
            tell=functools.cache(_tell),
        )
        return command(*arguments, tables=rules, **settings)

    return functools.reduce(lambda given, option: option(given), reversed(_OPTIONS), with_rules)
