"""What `pneumoscope calibrate` found, as a table and sentences for the terminal."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from rich.table import Table
from rich.text import Text

from pneumoscope.cli.terminal import output_console, plain_table
from pneumoscope.evaluation.site_check import SettingsFigures, SiteCheck
from pneumoscope.metrics.intervals import Interval
from pneumoscope.wording import count_films, counted, listed

_MEANINGS = {
    "log_loss": ("Log loss", "0 is best"),
    "offset": ("Offset", "of log odds; 0 is best, above it findings are commoner than is said"),
    "slope": ("Slope", "of log odds; 1 is best, below it probabilities are too sure"),
}


def print_check(check: SiteCheck) -> None:
    """What was found of the settings as they are and fitted, on standard output."""
    console = output_console()
    parts = ", ".join(
        f"{count:,} {name} of {counted(check.patients[name], 'patient')}"
        for name, count in check.films.items()
    )
    console.print(f"{check.model} on {count_films(sum(check.films.values()))}: {parts}\n")
    console.print(_table(check))
    console.print("", *_sentences(check), "", sep="\n")


def _table(check: SiteCheck) -> Table:
    columns: dict[str, SettingsFigures] = {"as it is": check.before}
    if check.moved is not None:
        columns["at this prevalence"] = check.moved
    if check.after is not None:
        columns["fitted, cross-checked"] = check.after
    table = plain_table()
    table.add_column("")
    for heading in columns:
        table.add_column(heading, no_wrap=True)
    if check.promised:
        table.add_column(f"its own {check.promised_on} films", no_wrap=True)
    table.add_column("", style="dim")
    # The loss of one class alone is least for a model that always answers with it.
    meanings = _MEANINGS if min(check.films.values()) else {}
    for name, (title, meaning) in meanings.items():
        figures = [column.probabilities.get(name) for column in columns.values()]
        if any(figure is not None and not math.isnan(figure.value) for figure in figures):
            own = [""] if check.promised else []
            table.add_row(title, *map(_cell, figures), *own, Text(meaning))
    for point, rates in check.before.operating_points.items():
        for name in rates:
            figures = [
                column.operating_points.get(point, {}).get(name) for column in columns.values()
            ]
            if check.promised:
                figures.append(check.promised.get(point, {}).get(name))
            if not math.isnan(rates[name].value):
                table.add_row(f"{name.capitalize()}, {point}", *map(_cell, figures), "")
    return table


def _cell(figure: Interval | None) -> str:
    return "" if figure is None else str(figure)


def _sentences(check: SiteCheck) -> Iterator[Text]:
    yield from map(Text, _of_promises(check.missed, check.promised_on))
    if check.gain is not None:
        low, high = check.gain.low, check.gain.high
        told = (
            "Fitted to these films, probabilities are better"
            if low > 0
            else "Fitted to these films, probabilities are worse"
            if high < 0
            else "It cannot be told whether fitting to these films makes probabilities better"
        )
        yield Text(f"{told}: the log loss falls by {check.gain}.")
    if check.after is not None:
        yield Text(
            "Cross-checked: the films of each fifth of the patients are judged with settings that "
            "were fitted to the others. The file's settings are fitted to all.",
            style="dim",
        )
    yield Text(
        f"Intervals: 95 %, from {check.bootstrap.replicates} bootstrap replicates drawn by patient "
        f"(seed {check.bootstrap.seed}).",
        style="dim",
    )


def _of_promises(missed: Mapping[str, Mapping[str, Interval]], split: str | None) -> Iterator[str]:
    """Where figures differ from what the model's file says, one a sentence."""
    if split is None:
        yield "The model's file has no figures that these could be held against."
        return
    same = True
    for point, rates in missed.items():
        for name, difference in rates.items():
            if not difference.low <= 0 <= difference.high and not math.isnan(difference.low):
                same = False
                which, sign = ("lower", -1) if difference.value < 0 else ("higher", 1)
                low, high = sorted((sign * difference.low, sign * difference.high))
                size = Interval(sign * difference.value, low, high, difference.level)
                alarms = 100 * size.value
                yield (
                    f"At {point}, {name} is {which} here than on the model's own {split} films, by "
                    f"{size}"
                    + (
                        f": {alarms:.0f} more false alarms in 100 healthy films."
                        if name == "specificity" and sign < 0
                        else "."
                    )
                )
    names = sorted({name for point in missed.values() for name in point})
    if same and names:
        yield (
            f"As far as these films tell, {listed(names)} {'is' if len(names) == 1 else 'are'} as "
            f"on its own {split} films."
        )
