"""Every two models of a comparison, tested for a difference."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

from pneumoscope.evaluation.evaluation import Evaluation
from pneumoscope.metrics.intervals import Number
from pneumoscope.metrics.paired import (
    PairedTest,
    cohens_kappa,
    delong_test,
    delong_tests_by_class,
    holm,
    mcnemar_test,
)
from pneumoscope.metrics.records import Figure, Record

MAIN_MEASURES = ("roc_auc", "accuracy")
"""What models are compared by; tests of single classes are secondary."""


class CorrectedTest(Record):
    """First minus second, and the p-value of no difference before and after Holm's correction for
    all tests of its family (see `correct_together`). Undefined figures are `nan`."""

    difference: Figure
    p_value: Number
    p_corrected: Number


class ComparedPair(Record):
    """Two models on the same films.

    `tests` are DeLong's of `roc_auc` (with more than two classes the mean, and `roc_auc[NORMAL]`
    and so on beside it) and McNemar's of `accuracy`. `only_first_right` counts films that only the
    first model calls right. `same_calls` is the share of films that both call alike, `kappa`
    Cohen's, `nan` where both call a single class.
    """

    first: str
    second: str
    tests: dict[str, CorrectedTest]
    only_first_right: int
    only_second_right: int
    same_calls: float
    kappa: Number


def compare_pairs(
    evaluations: Mapping[str, Evaluation], operating_point: str
) -> tuple[ComparedPair, ...]:
    """Every two models, by name, tested on their films, which must be the same in the same order.

    P-values are corrected as `correct_together` does.
    """
    return correct_together(
        [
            _test_pair(first, second, evaluations, operating_point)
            for first, second in itertools.combinations(evaluations, 2)
        ]
    )


def correct_together(pairs: Sequence[ComparedPair]) -> tuple[ComparedPair, ...]:
    """The pairs with p-values corrected after Holm, in two families.

    `MAIN_MEASURES` of all pairs are one: whoever reads of both, for any pair, is misled by chance
    in at most 5 % of comparisons. Tests of single classes, of all pairs too, are the other.
    """
    corrected: list[dict[str, float]] = [{} for _ in pairs]
    for is_main in (True, False):
        family = [
            (place, measure, test.p_value)
            for place, pair in enumerate(pairs)
            for measure, test in pair.tests.items()
            if (measure in MAIN_MEASURES) == is_main
        ]
        p_values = holm([p_value for _, _, p_value in family])
        for (place, measure, _), p_value in zip(family, p_values.tolist(), strict=True):
            corrected[place][measure] = p_value
    return tuple(_with_p_values(pair, of) for pair, of in zip(pairs, corrected, strict=True))


def _test_pair(
    first: str, second: str, evaluations: Mapping[str, Evaluation], operating_point: str
) -> ComparedPair:
    """Two models by name; the p-values of their tests are not yet corrected."""
    judged = evaluations[first], evaluations[second]
    y_true, class_names = judged[0].y_true, judged[0].class_names
    patients = [film.patient_id for film in judged[0].films]
    scores = [evaluation.y_score for evaluation in judged]
    calls = [evaluation.y_pred(operating_point) for evaluation in judged]
    accuracy = mcnemar_test(calls[0] == y_true, calls[1] == y_true, patients=patients)
    tests: dict[str, PairedTest] = {"roc_auc": delong_test(y_true, *scores, patients=patients)}
    if len(class_names) > 2:
        by_class = delong_tests_by_class(y_true, *scores, patients=patients)
        tests |= dict(zip((f"roc_auc[{name}]" for name in class_names), by_class, strict=True))
    return ComparedPair(
        first=first,
        second=second,
        tests={
            measure: CorrectedTest(
                difference=test.difference, p_value=test.p_value, p_corrected=test.p_value
            )
            for measure, test in {**tests, "accuracy": accuracy}.items()
        },
        only_first_right=accuracy.only_first,
        only_second_right=accuracy.only_second,
        same_calls=float((calls[0] == calls[1]).mean()),
        kappa=cohens_kappa(calls[0], calls[1], len(class_names)),
    )


def _with_p_values(pair: ComparedPair, corrected: Mapping[str, float]) -> ComparedPair:
    tests = {
        measure: test.model_copy(update={"p_corrected": corrected[measure]})
        for measure, test in pair.tests.items()
    }
    return pair.model_copy(update={"tests": tests})
