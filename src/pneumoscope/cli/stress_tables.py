"""A stress test as tables for the terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from rich.table import Table
from rich.text import Text

from pneumoscope.cli.evaluation_tables import bootstrap_note
from pneumoscope.cli.terminal import output_console, plain_table
from pneumoscope.evaluation.comparison_verdicts import signed
from pneumoscope.evaluation.stress_figures import StressedFilms
from pneumoscope.evaluation.stress_test import StressTest
from pneumoscope.evaluation.stress_words import reduced_sentence, stress_verdicts
from pneumoscope.heatmap_checks.measure_table import difference, share

# Wider paragraphs are hard to read, in a pipe too.
_READING_WIDTH = 100


def print_stress_test(test: StressTest) -> None:
    """Everything a person wants to see of a stress test, on standard output."""
    console = output_console()
    console.print("", Text("When films are changed", style="bold"), sep="\n")
    console.print(*stress_verdicts(test), sep="\n", width=min(console.width, _READING_WIDTH))
    console.print("", _scores(test), sep="\n")
    for point in test.stresses[0].flips:
        console.print("", _flips(test, point), sep="\n")
    console.print("", *_notes(test), sep="\n")


def _scores(test: StressTest) -> Table:
    return _drawn(
        test,
        f"ROC-AUC, {test.roc_auc} without changes, and the probability of a finding",
        ("ROC-AUC", "difference", "mean change", "mean, up or down"),
        lambda stress: (
            str(stress.roc_auc),
            signed(stress.roc_auc_difference, 3),
            str(difference(stress.probability_change)),
            str(share(stress.probability_moves)),
        ),
    )


def _flips(test: StressTest, point: str) -> Table:
    with_healthy = test.model.normal_class is not None

    def cells(stress: StressedFilms) -> Sequence[str]:
        flips = stress.flips[point]
        ways = (f"{flips.to_ill:,}", f"{flips.to_healthy:,}") if with_healthy else ()
        return (f"{flips.films:,}", str(share(flips.share)), *ways)

    return _drawn(
        test,
        f"Films called otherwise at {point}, of {test.data.count:,}",
        ("films", "share", *(("healthy to ill", "ill to healthy") if with_healthy else ())),
        cells,
    )


def _drawn(
    test: StressTest,
    title: str,
    columns: Sequence[str],
    cells: Callable[[StressedFilms], Sequence[str]],
) -> Table:
    """A row for each stress, the harmless ones first."""
    table = plain_table(title)
    table.add_column("")
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    for heading, stresses in (("Harmless", test.harmless), ("Not harmless", test.others)):
        table.add_row(Text(heading, style="dim"))
        for stress in stresses:
            table.add_row(f"  {stress.name}", *cells(stress))
    return table


def _notes(test: StressTest) -> Iterator[Text]:
    yield bootstrap_note(test.bootstrap)
    yield Text("Intervals of differences of ROC-AUC are DeLong's, by patient.", style="dim")
    if test.reduced:
        yield Text(reduced_sentence(test), style="dim")
