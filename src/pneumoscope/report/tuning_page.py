"""The report of a tuning: the best settings, the course of the trials, and how far to trust it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pneumoscope.recipe.dotted import setting_of
from pneumoscope.recipe.search_space import SearchedValues, SearchRange
from pneumoscope.recipe.settings import Recipe
from pneumoscope.recipe.trials import Trial, best_of, ranked, short_names, written
from pneumoscope.report.frame import Section, write_report
from pneumoscope.report.html import render_part
from pneumoscope.report.tuning_plots import draw_course, draw_setting
from pneumoscope.wording import duration


def write_tuning_report(
    folder: Path, recipe: Recipe, trials: Sequence[Trial], importances: Mapping[str, float]
) -> Path:
    """Write `report.html` and `figures/` into the folder of a tuning; return the page's path.

    `recipe` is the one that was tuned, `trials` its finished trials, at least one. `importances`
    are shares in [0, 1] by setting, and may be empty. Raises `PneumoscopeError` where a file
    cannot be written.
    """
    best = best_of(trials)
    sections = []
    if best is not None:
        sections.append(_best_section(recipe, best, importances))
    sections.append(_trials_section(trials))
    if any(trial.score is not None for trial in trials):
        sections.append(_settings_section(recipe, trials))
    return write_report(
        folder,
        sections,
        title=f"Tuning of {recipe.name}",
        facts=_facts(recipe, trials, best),
        cautions=[optimism(trials)] if best else [],
    )


def optimism(trials: Sequence[Trial]) -> str:
    """Why the best score looks better than the recipe is, in plain words."""
    best, chosen = (
        (f"The best of {len(trials)} trials", "it was")
        if len(trials) > 1
        else ("The only trial", "its best epoch was")
    )
    return (
        f"{best} looks better than it is: {chosen} chosen because it did "
        "well on these very validation films, partly by luck. No test film was shown to any "
        "trial. How good the recipe is, only films tell that had no part in the choice."
    )


def _facts(
    recipe: Recipe, trials: Sequence[Trial], best: Trial | None
) -> Iterator[tuple[str, str]]:
    states = Counter(trial.state for trial in trials)
    yield (
        "Trials",
        f"{len(trials)}: {states['complete']} complete, {states['pruned']} pruned",
    )
    yield "Epochs", f"at most {recipe.epochs} each, {sum(trial.epochs for trial in trials)} in all"
    yield "Time", f"{duration(sum(trial.seconds for trial in trials))} of training"
    if best is None:
        yield "Best", "no trial is complete yet"
        return
    yield "Best", f"validation ROC-AUC {best.score:.4f}, in trial {best.number}"
    start = next((trial for trial in trials if trial.is_start), None)
    if start is not None and start.score is not None:
        yield "Recipe as it is", f"validation ROC-AUC {start.score:.4f}, in trial {start.number}"


def _best_section(recipe: Recipe, best: Trial, importances: Mapping[str, float]) -> Section:
    rows = [
        {
            "name": name,
            "own": written(setting_of(recipe, name)),
            "best": written(best.values[name]),
            "searched": _in_words(searched),
            "importance": importances.get(name),
        }
        for name, searched in recipe.search.items()
    ]
    body = render_part("tuning_best.html.j2", rows=rows, best=best, explained=bool(importances))
    return Section("best", "The best settings", body)


def _trials_section(trials: Sequence[Trial]) -> Section:
    plots = (draw_course(trials),) if any(trial.score is not None for trial in trials) else ()
    rows = [
        {
            "trial": trial,
            "values": [written(value) for value in trial.values.values()],
            "time": duration(trial.seconds),
        }
        for trial in ranked(trials)
    ]
    body = render_part(
        "tuning_trials.html.j2",
        plots=plots,
        rows=rows,
        names=list(short_names(trials[0].values).values()),
    )
    return Section("trials", "The trials", body, plots)


def _settings_section(recipe: Recipe, trials: Sequence[Trial]) -> Section:
    plots = tuple(draw_setting(trials, name, searched) for name, searched in recipe.search.items())
    body = render_part("tuning_settings.html.j2", plots=plots)
    return Section("settings", "What each setting does", body, plots)


def _in_words(searched: SearchedValues) -> str:
    """A range or a list of choices in words."""
    if not isinstance(searched, SearchRange):
        return ", ".join(written(choice) for choice in searched)
    words = f"{written(searched.low)} to {written(searched.high)}"
    if searched.log:
        return f"{words}, logarithmic"
    return words if searched.step is None else f"{words} in steps of {written(searched.step)}"
