"""What a comparison found, in plain words."""

from __future__ import annotations

import math

from pneumoscope.evaluation.comparison import Comparison
from pneumoscope.evaluation.pairs import MAIN_MEASURES, ComparedPair
from pneumoscope.metrics.intervals import Interval
from pneumoscope.wording import count_films, counted

SIGNIFICANCE = 0.05


def measure_title(measure: str) -> str:
    """What a measure of `ComparedPair.tests` is called: `ROC-AUC of VIRUS`, `accuracy`."""
    name, _, class_name = measure.removesuffix("]").partition("[")
    title = {"roc_auc": "ROC-AUC", "accuracy": "accuracy"}[name]
    return f"{title} of {class_name}" if class_name else title


def found_differences(comparison: Comparison) -> list[tuple[ComparedPair, str]]:
    """Pairs and measures whose difference is more than chance after correction: those of
    `MAIN_MEASURES` before those of single classes, the surest first.
    """
    found = [
        (pair, measure)
        for pair in comparison.pairs
        for measure, test in pair.tests.items()
        if test.p_corrected <= SIGNIFICANCE
    ]
    return sorted(
        found,
        key=lambda place: (place[1] not in MAIN_MEASURES, place[0].tests[place[1]].p_corrected),
    )


def verdict(pair: ComparedPair, measure: str) -> str:
    """Who is better, as far as the films tell, with the difference and its corrected p-value."""
    test = pair.tests[measure]
    title = measure_title(measure)
    if math.isnan(test.p_corrected):
        return f"{pair.first} and {pair.second} could not be tested for {title} on these films."
    if test.p_corrected > SIGNIFICANCE:
        return (
            f"No difference in {title} between {pair.first} and {pair.second} could be shown: "
            f"difference {signed(test.difference)}, {_p_text(test.p_corrected)}."
        )
    better, worse, difference = pair.first, pair.second, test.difference
    if difference.value < 0:
        better, worse = worse, better
        difference = Interval(-difference.value, -difference.high, -difference.low)
    return (
        f"{better} is better than {worse} in {title}: difference {signed(difference)}, "
        f"{_p_text(test.p_corrected)}."
    )


def family_words(comparison: Comparison) -> str:
    """Which p-values were corrected together, in sentences."""
    main, single = (
        sum(
            (measure in MAIN_MEASURES) == is_main and not math.isnan(test.p_value)
            for pair in comparison.pairs
            for measure, test in pair.tests.items()
        )
        for is_main in (True, False)
    )
    words = (
        "p-values are corrected after Holm as one family, ROC-AUC and accuracy of all pairs: "
        f"{counted(main, 'test')}. That one of them shows a difference where there is none has a "
        "chance of 5 % at most."
    )
    if single:
        words += (
            f" The {counted(single, 'test')} of single classes are secondary, and a family of "
            "their own."
        )
    return words


def signed(interval: Interval, digits: int = 4) -> str:
    """A difference with its sign and interval, with so many digits; `nan` is undefined.

    Ends that are `nan` are left out, and so are those of a difference that no film shows: they
    would claim certainty.
    """
    if math.isnan(interval.value):
        return "undefined"
    value, low, high = (
        f"{figure:+.{digits}f}".replace("-", "−")
        for figure in (interval.value, interval.low, interval.high)
    )
    told = not math.isnan(interval.low) and interval.low < interval.high
    return f"{value} ({low} to {high})" if told else value


def p_number(p_value: float) -> str:
    """A p-value in a table: `0.031`, `< 0.001`."""
    if math.isnan(p_value):
        return "undefined"
    return "< 0.001" if p_value < 0.001 else f"{p_value:.3f}"


def _p_text(p_value: float) -> str:
    """A p-value in a sentence: `p = 0.031`, `p < 0.001`."""
    number = p_number(p_value)
    return f"p {number}" if number.startswith("<") else f"p = {number}"


def exposure_notes(comparison: Comparison) -> list[str]:
    """What the models have seen of the films, where that is more than nothing or is not known."""
    notes = []
    if comparison.left_out:
        notes.append(
            f"{count_films(comparison.left_out)} that a model has learned from, or copies of such "
            "films, are left out for all."
        )
    for exposure in dict.fromkeys(model.exposure for model in comparison.models):
        names = ", ".join(m.name for m in comparison.models if m.exposure == exposure)
        # Films learned from are left out of the figures, others are in them.
        judged = exposure.model_copy(update={"train": 0})
        texts = exposure.sentence(exposure.films), judged.warning(judged.films)
        if told := " ".join(filter(None, texts)):
            notes.append(f"{names}: {told}")
    return notes
