"""For which films a model fails, as a table for the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table
from rich.text import Text

from pneumoscope.cli.terminal import plain_table
from pneumoscope.evaluation.group_table import GroupTable, often
from pneumoscope.wording import printable

_ROWS = 8


def worst_groups(groups: GroupTable) -> Iterator[Table | Text | str]:
    """The worst groups of each class, and what that means; nothing where there are no groups."""
    if not groups.compares:
        return
    table = plain_table(f"Where it fails: the worst groups of films at {groups.point}")
    table.add_column("")
    table.add_column("films of")
    table.add_column("films", justify="right")
    table.add_column("called rightly", no_wrap=True)
    table.add_column("others", justify="right")
    table.add_column("by chance", justify="right", no_wrap=True)
    for of_class in groups.classes:
        rows = of_class.worst(max(2, _ROWS // len(groups.classes)), groups.point)
        for place, row in enumerate(rows):
            rates = row.points[groups.point]
            table.add_row(
                "" if place else of_class.label,
                Text(printable(row.name), style="bold" if rates.stands_out else ""),
                f"{row.films:,}",
                str(rates.right),
                f"{rates.others:.3f}",
                often(rates.by_chance),
            )
    yield from ("", table, "")
    for sentence in groups.sentences():
        yield Text(printable(sentence))
    yield Text(
        "By chance: how often some group would be as far behind if all films had the same chance "
        "to be called rightly. Groups that stand out are bold; --out writes all of them.",
        style="dim",
    )
