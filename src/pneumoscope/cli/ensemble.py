"""`pneumoscope ensemble`: several model files as one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pneumoscope.cli import outputs
from pneumoscope.cli.doubts import tell_warnings
from pneumoscope.cli.validation_films import (
    FIGURE_HEADINGS,
    figures,
    print_calibration,
    print_fitting_note,
    print_table,
    print_unchecked,
    read_films,
    validation_options,
)
from pneumoscope.errors import needs_extra
from pneumoscope.wording import printable

if TYPE_CHECKING:
    from pneumoscope.merging.source_models import SourceModel
    from pneumoscope.merging.weights import MemberWeights
    from pneumoscope.metrics.checks import Floats

Weighting = str | tuple[float, ...]


class WeightsOption(click.ParamType[Weighting]):
    """`equal`, `fit`, or numbers with commas between them."""

    name = "weights"

    def convert(
        self, value: Weighting, param: click.Parameter | None, ctx: click.Context | None
    ) -> Weighting:
        if not isinstance(value, str) or value in ("equal", "fit"):
            return value
        try:
            return tuple(float(number) for number in value.split(","))
        except ValueError:
            self.fail(f"{value!r} is neither equal, nor fit, nor numbers such as 0.3,0.7.")


@click.command(short_help="Merge models into one file.")
@click.argument("models", nargs=-1, required=True, metavar="MODEL...")
@click.option(
    "--weights",
    "weighting",
    type=WeightsOption(),
    default="equal",
    show_default=True,
    metavar="equal|fit|W1,W2,...",
    help="How much each model counts: alike, as suits the films of --data best, or these numbers.",
)
@click.option(
    "--out",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False),
    default="ensemble.onnx",
    show_default=True,
    help="The model file to write.",
)
@outputs.overwrite
@click.option("--name", help="What the new model calls itself [default: the name of its file].")
@validation_options
def ensemble(
    models: tuple[str, ...],
    weighting: Weighting,
    out: Path,
    overwrite: bool,
    name: str | None,
    screening_sensitivity: float,
    screening_confidence: float | None,
    **validation: Any,
) -> None:
    """Merge models into one model file that answers with the mean of their probabilities.

    MODELS are two or more model files, names of packaged models or folders of runs, with the same
    classes and preprocessing. The new file is used like any other.

    With --data, the mean is calibrated and the operating points are fitted on films that no model
    learned from; without, they are those of the members. Members that are for different prevalences
    are brought to that of the first.
    """
    with needs_extra("Merging models", "train"):
        from pneumoscope.merging.ensemble import write_ensemble
    from pneumoscope.merging.source_models import (
        at_one_prevalence,
        check_held_out,
        check_members,
        read_source_model,
    )
    from pneumoscope.merging.validation import score_films
    from pneumoscope.merging.weights import MemberWeights
    from pneumoscope.metrics.operating_points import Screening

    if weighting == "fit" and validation["data"] is None:
        raise click.UsageError("--weights fit needs films to fit them on: give --data.")
    outputs.claim_model_file(out, overwrite=overwrite)
    members = [read_source_model(model) for model in models]
    check_members(members)
    tell_warnings(*(member.manifest for member in members))
    members = at_one_prevalence(members)
    weights = MemberWeights.equal(len(members))
    if not isinstance(weighting, str):
        weights = MemberWeights.given(weighting, len(members))
    films = read_films(members[0].manifest, **validation)
    unknown: tuple[str, ...] = ()
    scores: list[Floats] = []
    if films is not None:
        unknown = check_held_out(members, films)
        scores = [score_films(member, films) for member in members]
        if weighting == "fit":
            weights = MemberWeights.fitted(scores, films.table.y_true)
    manifest = write_ensemble(
        members,
        weights,
        out,
        name=name or out.stem,
        validation=films,
        screening=Screening(screening_sensitivity, screening_confidence),
    )

    headings = ["model", f"weight ({weights.origin})"]
    rows = [
        [f"{printable(member.source)} ({member.manifest.architecture})", f"{share:.3f}"]
        for member, share in zip(members, weights.shares, strict=True)
    ]
    if films is None:
        print_table(headings, rows)
        click.echo(
            "\nProbabilities and operating points: weighted means of the members'. Give --data to "
            "fit them to the ensemble."
        )
    else:
        rows.append([f"{manifest.name}, all together", "1"])
        scores.append(score_films(read_source_model(out), films))
        manifests = [*(member.manifest for member in members), manifest]
        for row, probabilities, judged in zip(rows, scores, manifests, strict=True):
            row += figures(probabilities, judged.operating_points["balanced"], films.table)
        print_table([*headings, *FIGURE_HEADINGS], rows)
        _print_idle(members, weights)
        print_fitting_note(films, validation["split"])
        print_calibration(manifest)
        print_unchecked(unknown)
    click.echo(f"Model file: {printable(str(out))} ({out.stat().st_size / 1e6:.1f} MB)")


def _print_idle(members: Sequence[SourceModel], weights: MemberWeights) -> None:
    """Name the members that fitted weights make little of."""
    from pneumoscope.metrics.averaging import SMALLEST_WEIGHT

    if weights.origin != "fitted":
        return
    for member, share in zip(members, weights.shares, strict=True):
        if share < 2 * SMALLEST_WEIGHT:
            click.echo(
                f"\n{printable(member.source)} adds nothing on these films and has the least "
                "weight there is: leaving it out saves its time."
            )
