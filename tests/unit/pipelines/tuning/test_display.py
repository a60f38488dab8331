"""The lines of a tuning: one for each finished trial, with the time that is left."""

from __future__ import annotations

import io

from rich.console import Console

from pneumoscope.pipelines.tuning.display import TuningDisplay
from pneumoscope.recipe.trials import Trial


def test_a_line_for_each_trial() -> None:
    trials = [
        Trial(0, "complete", {"optimizer.lr": 1e-3}, 0.9, 12, 125.0, is_start=True),
        Trial(2, "complete", {"optimizer.lr": 1.2345e-3}, 0.95, 12, 60.0),
        Trial(3, "pruned", {"optimizer.lr": 1e-2}, None, 0, 5.0, note="the loss became nan"),
        Trial(1, "complete", {"optimizer.lr": 2e-3}, 0.91, 12, 60.0),
    ]
    text = io.StringIO()
    times = iter([0.0, 100.0, 200.0, 300.0])
    # Narrow, and yet a line is a line.
    console = Console(file=text, width=40)
    with TuningDisplay(console, wanted=4, finished=0, clock=lambda: next(times)) as display:
        display.decoding(3, 10)
        for count, trial in enumerate(trials, start=1):
            display.trial_starts(trial.number, 12)
            display.epoch_ends(trial.number, 1, 0.7)
            display.trial_ends(trial.number, trials[:count])
    assert text.getvalue().splitlines() == [
        "  1/4  trial 0   ROC-AUC 0.9000  12 epochs in 2 min 5 s  lr 0.001  the recipe as it is"
        "  about 5 min 0 s left",
        "  2/4  trial 2   ROC-AUC 0.9500  12 epochs in 1 min 0 s  lr 0.00123  best so far"
        "  about 3 min 20 s left",
        "  3/4  trial 3   ROC-AUC none     0 epochs in 5 s  lr 0.01  pruned: the loss became nan"
        "  about 1 min 40 s left",
        "  4/4  trial 1   ROC-AUC 0.9100  12 epochs in 1 min 0 s  lr 0.002",
    ]


def test_the_time_left_is_judged_by_the_pace_since_the_process_began() -> None:
    trials = [Trial(number, "complete", {}, 0.9, 1, 1.0) for number in range(8)]
    text = io.StringIO()
    times = iter([50.0, 80.0])
    console = Console(file=text, width=40)
    with TuningDisplay(console, wanted=10, finished=5, clock=lambda: next(times)) as display:
        display.trial_ends(7, trials)
    # Three trials, of this and other processes, in 30 s.
    assert text.getvalue().endswith("about 20 s left\n")
