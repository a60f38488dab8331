"""What an assessment found, in plain words."""

from __future__ import annotations

import math
from collections.abc import Sequence

from pneumoscope.heatmap_checks.anatomy import Anatomy, LungShare
from pneumoscope.heatmap_checks.assessment import Assessment
from pneumoscope.heatmap_checks.faithfulness import Faithfulness, FaithfulnessFigures
from pneumoscope.heatmap_checks.localisation import Localisation
from pneumoscope.heatmap_checks.probes import (
    CORNERS_COVERED,
    LUNGS_ONLY,
    WHOLE_FILM,
    WITHOUT_LUNGS,
    Probes,
)
from pneumoscope.heatmap_checks.sanity import Sanity
from pneumoscope.heatmap_checks.shares import share_text
from pneumoscope.heatmap_checks.stability import Stability
from pneumoscope.metrics.intervals import Interval
from pneumoscope.wording import count_films, share

# Where the words change; figures always stand beside them. Rank correlations, by their square:
# below 0.3 one map tells less than a tenth of the other, from 0.7 half of it, from 0.9 four fifths.
UNLIKE, HALF_ALIKE, NEARLY_THE_SAME = 0.3, 0.7, 0.9
# From this ROC-AUC on, Hosmer & Lemeshow (2000) call discrimination acceptable.
TELLS_APART = 0.7
# Smaller differences of a ROC-AUC are within what a few hundred films leave to chance.
SLIGHT_CHANGE = 0.01

NOT_MEASURED = "Not measured."

_BASELINES = {"random": "a random order", "centre": "an order from the centre outwards"}

HOW_TO_READ = """\
Every figure has a 95 % interval, found by drawing patients at random again and again. A difference
whose interval reaches zero may be chance. Each measure asks one question and has its baseline,
without which a figure says little. Maps that can be trusted do well in all of them.

A map shows where the network reacts, not whether it is right. A plausible map does not make a right
call, and the maps of wrong calls often look just as good. Nor does it say what the network saw
there: a hot lung may stand for an opacity, for its brightness or for the edge of a rib.

The grid of a map is coarse: with 7 x 7 cells, each is a seventh of the side wide, and what looks
smooth comes from enlarging it. A cell also sees far beyond its own place: evidence inside the lungs
may come from a marker beside them, and the other way round. What happens when parts of the film are
covered tells more about that than a map does.

The measures have limits of their own. Deletion and insertion, shuffled weights and blackened parts
make films and networks unlike any that were learned from, and some of what changes is due to that.
What is covered leaves its outline, and the size of the lungs alone may tell the class. Lung fields
are rough, and some leave out a lung that is filled with fluid. Most boxes come with computer-drawn
films, where a model of real films may not know its way.
"""


def explain_assessment(assessment: Assessment) -> dict[str, str]:
    """What each measure found, a short paragraph each, by the fields of `Assessment`.

    A measure that was not taken has `NOT_MEASURED`.
    """
    sanity, anatomy = assessment.sanity, assessment.anatomy
    localisation, probes = assessment.localisation, assessment.probes
    return {
        "faithfulness": _explain_faithfulness(assessment.faithfulness),
        "sanity": _explain_sanity(sanity) if sanity else NOT_MEASURED,
        "stability": _explain_stability(assessment.stability),
        "anatomy": _explain_anatomy(anatomy) if anatomy else NOT_MEASURED,
        "localisation": _explain_localisation(localisation) if localisation else NOT_MEASURED,
        "probes": _explain_probes(probes) if probes else NOT_MEASURED,
    }


def _explain_faithfulness(faithfulness: Faithfulness) -> str:
    everything = faithfulness.groups["all"]
    won = {
        baseline: all(gains[baseline].low > 0 for gains in everything.gains.values())
        for baseline in ("random", "centre")
    }
    if all(won.values()):
        verdict = "Yes, more than on places that need no map."
    elif won["random"]:
        verdict = (
            "More than on random places, but not clearly more than on the middle of the film: what "
            "maps show may be little more than where the lungs usually are."
        )
    else:
        verdict = "It could not be shown that it does."
    groups = [_against_baselines(name, figures) for name, figures in faithfulness.groups.items()]
    return " ".join([verdict, *groups])


def _against_baselines(name: str, figures: FaithfulnessFigures) -> str:
    """What the map does better and worse than the baselines on one group of films."""
    better, unsure, worse = [], [], []
    for game, gains in figures.gains.items():
        for baseline, gain in gains.items():
            place = f"{_BASELINES[baseline]} in {game} ({_signed(gain.value)})"
            if gain.low > 0:
                better.append(place)
            elif gain.high < 0:
                worse.append(place)
            else:
                unsure.append(place)
    called = f"the {count_films(figures.films)} called {name}"
    if name != "all" and not unsure and not worse:
        return f"So it does on {called}."
    found = []
    if better:
        found.append(f"the map does better than {_listed(better)}")
    if worse:
        found.append(f"the map does worse than {_listed(worse)}")
    if unsure:
        reach = "interval reaches" if len(unsure) == 1 else "intervals reach"
        found.append(f"there is no clear difference from {_listed(unsure)}: the {reach} zero")
    films = f"all {count_films(figures.films)}" if name == "all" else called
    return f"On {films}, {'; '.join(found)}."


def _explain_sanity(sanity: Sanity) -> str:
    *_, last = sanity.stages
    left, common = last.agreement.value, sanity.between_films
    if math.isnan(left):
        verdict = "This could not be told: shuffled networks draw maps without any differences."
    elif left < UNLIKE:
        verdict = "Yes: hardly anything of the maps is left when that is destroyed."
    elif left < HALF_ALIKE:
        verdict = "In part: when that is destroyed the maps change, but not wholly."
    else:
        verdict = (
            "No: when that is destroyed the maps stay much the same. They mostly show the film "
            "itself."
        )
    stages = _listed([f"{stage.name} {stage.agreement.value:.3f}" for stage in sanity.stages])
    alike = (
        ": most of a map is the same whatever the film shows" if common.value >= HALF_ALIKE else ""
    )
    return (
        f"{verdict} Agreement of the maps before and after shuffling weights, where 1 is the same "
        f"and 0 nothing in common: {stages}. With nothing shuffled, maps of different films agree "
        f"by {common.value:.3f}{alike}."
    )


def _explain_stability(stability: Stability) -> str:
    known = [change for change in stability.changes if not math.isnan(change.agreement.value)]
    if not known:
        return "This could not be told: the maps have no differences to compare."
    weakest = min(known, key=lambda change: change.agreement.value)
    if weakest.agreement.value >= NEARLY_THE_SAME:
        verdict = "Yes, nearly."
    elif weakest.agreement.value >= HALF_ALIKE:
        verdict = "Mostly."
    else:
        verdict = "Not always: a map may owe much to how the film was taken and stored."
    agreements = _listed([f"{change.name} {change.agreement.value:.3f}" for change in known])
    fickle = max(stability.changes, key=lambda change: change.calls_changed.value)
    calls = "No call changes."
    if fickle.calls_changed.value > 0:
        calls = f"At most {share_text(fickle.calls_changed)} of the calls change ({fickle.name})."
    return (
        f"{verdict} Agreement of the maps before and after, where 1 is the same: {agreements}. "
        f"{calls}"
    )


def _explain_anatomy(anatomy: Anatomy) -> str:
    names = dict.fromkeys(group.evidence_for for group in anatomy.groups)
    if not names:
        return "This could not be told: no film has any evidence for a class."
    sentences = [
        _evidence_in_lungs([group for group in anatomy.groups if group.evidence_for == name])
        for name in names
    ]
    if anatomy.without:
        were = "was" if anatomy.without == 1 else "were"
        sentences.append(f"{count_films(anatomy.without)} without a lung field {were} left out.")
    return " ".join(sentences)


def _evidence_in_lungs(groups: Sequence[LungShare]) -> str:
    """Of the evidence for one class, how much lies in the lungs; `groups` begins with all films."""
    whole, *outcomes = groups
    most_outside = whole.evidence_share.high < 0.5
    if whole.excess.low > 0:
        verdict = "more than if it were spread evenly"
        verdict += ", but most of it lies elsewhere" if most_outside else ""
    elif whole.excess.high < 0:
        verdict = "less than if it were spread evenly"
    else:
        verdict = "not clearly more or less than if it were spread evenly"
    sentence = (
        f"Of the evidence for {whole.evidence_for}, {share_text(whole.evidence_share)} lies in the "
        f"lungs, which take {share_text(whole.area_share)} of the area: {verdict}."
    )
    if not outcomes:
        return sentence
    listed = _listed(
        [
            f"{share(group.evidence_share.value)} on {group.films:,} "
            + (group.outcome if group.films == 1 else f"{group.outcome}s")
            + f" (area {share(group.area_share.value)})"
            for group in outcomes
        ]
    )
    return f"{sentence} By outcome it is {listed}."


def _explain_localisation(localisation: Localisation) -> str:
    guesses = (localisation.pointing_centre, localisation.area_share)
    if localisation.pointing.low > max(guess.high for guess in guesses):
        verdict = "Yes, more often than the middle of the film or a random point does."
    elif localisation.pointing.high < max(guess.low for guess in guesses):
        verdict = "No: a guess without any map finds them more often."
    else:
        verdict = "It could not be shown that they find them more often than a guess."
    lungs = (
        f"; the lungs as a whole reach {localisation.overlap_lungs}"
        if localisation.overlap_lungs
        else ""
    )
    return (
        f"{verdict} Of {count_films(localisation.films)} with known opacities, "
        f"{share_text(localisation.pointing)} have the strongest point of their map in one; the "
        f"middle of the film would hit {share(localisation.pointing_centre.value)}, a random point "
        f"{share(localisation.area_share.value)}. Of the evidence, "
        f"{share_text(localisation.evidence_share)} lies in the boxes. What the map marks overlaps "
        f"with them by {localisation.overlap}, where 1 is a perfect match{lungs}."
    )


def _explain_probes(probes: Probes) -> str:
    conditions = {condition.name: condition for condition in probes.conditions}
    whole = conditions[WHOLE_FILM].roc_auc
    if math.isnan(whole.value):
        return "This could not be told: all films with a lung field are of one class."
    found = [
        _told_without_lungs(conditions[WITHOUT_LUNGS].roc_auc),
        f"With nothing but the lungs it reaches {conditions[LUNGS_ONLY].roc_auc}, with the whole "
        f"film {whole}.",
        _told_by_corners(conditions[CORNERS_COVERED].roc_auc, whole),
    ]
    if probes.lung_area_roc_auc:
        found.insert(1, _told_by_shapes(probes.lung_area_roc_auc))
    return " ".join(found)


def _told_without_lungs(left: Interval) -> str:
    if left.value >= TELLS_APART:
        return (
            f"Without the lungs the model still tells the classes apart with a ROC-AUC of {left}: "
            "part of what it uses is not lung."
        )
    if left.low > 0.5:
        return f"Without the lungs little is left for the model to tell: a ROC-AUC of {left}."
    return f"Without the lungs the model cannot be shown to tell anything: a ROC-AUC of {left}."


def _told_by_shapes(area: Interval) -> str:
    if area.low > 0.5:
        return f"The black shapes themselves tell something: their area alone reaches {area}."
    return (
        f"The area of the black shapes alone cannot be shown to tell anything: it reaches {area}."
    )


def _told_by_corners(covered: Interval, whole: Interval) -> str:
    change = covered.value - whole.value
    if covered.low <= whole.value <= covered.high and abs(change) >= SLIGHT_CHANGE:
        return (
            "Whether covering the corners, where markers are, matters cannot be told from so few "
            f"films: {covered}."
        )
    if abs(change) < SLIGHT_CHANGE:
        return f"Covering the corners, where markers are, hardly matters: {covered}."
    if change < 0:
        return f"Covering the corners, where markers are, costs something: {covered} is left."
    return f"Covering the corners, where markers are, even helps: {covered}."


def _signed(value: float) -> str:
    return f"{value:+.3f}".replace("-", "−")


def _listed(parts: Sequence[str]) -> str:
    """Parts of a sentence: `a`, `a and b`, `a, b and c`."""
    *first, last = parts
    return f"{', '.join(first)} and {last}" if first else last
