"""The study of a tuning: an Optuna study in a folder, which several processes may work on at once.

Two kinds of locks keep them apart. One, `tuning.lock`, is held whenever the study's SQLite file is
touched, since SQLite alone does not serve several writers well. The other, `running.lock`, lies in
the folder of each trial that is being run. When a process dies, the system releases its locks, and
the next process to look for work gives the abandoned trial up.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from filelock import FileLock, Timeout
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.importance import FanovaImportanceEvaluator, get_param_importances
from optuna.pruners import MedianPruner
from optuna.samplers import TPESampler
from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial, TrialState

from pneumoscope.recipe.dotted import setting_of, start_of_search
from pneumoscope.recipe.search_space import SearchedValues, SearchRange
from pneumoscope.recipe.settings import Recipe
from pneumoscope.recipe.trials import Trial

STUDY = "tuning"
_FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)
# User attributes of a trial: it is the recipe as it is; why it ended early.
_IS_START, _NOTE = "is_start", "note"
_FEWEST_FOR_PRUNING = 5
_FEWEST_FOR_IMPORTANCES = 10


class Pruned(Exception):  # noqa: N818 - not an error: the trial is not worth its remaining epochs
    """The trial is to be ended; the message says why."""


@dataclass(eq=False)
class RunningTrial:
    """A trial that this process runs. `values` are by dotted name of the setting; `best` is the
    highest score reported so far."""

    study: SharedStudy
    trial: optuna.Trial
    running: FileLock
    best: float = -math.inf

    @property
    def number(self) -> int:
        """The number of the trial, and of its folder."""
        return self.trial.number

    @property
    def values(self) -> dict[str, Any]:
        """The settings to try."""
        return _decoded(self.trial.params)

    @property
    def folder(self) -> Path:
        """Where the trial writes."""
        return self.study.trial_folder(self.number)

    def report(self, epoch: int, score: float) -> None:
        """Record the validation ROC-AUC of an epoch, from 1.

        Raises `Pruned` where the best so far is below the median of the complete trials at that
        epoch, or where the score is not a number.
        """
        if math.isnan(score):
            raise Pruned(f"the ROC-AUC of epoch {epoch} was not a number")
        self.best = max(self.best, score)
        with self.study.lock:
            self.trial.report(score, epoch)
            if self.trial.should_prune():
                raise Pruned(f"below the median of the trials at epoch {epoch}")

    def finish(self) -> None:
        """The trial has come to its end; its best epoch is its score."""
        with self.study.lock:
            self.study.optuna_study.tell(self.trial, self.best)

    def prune(self, why: str) -> None:
        """The trial has ended early."""
        with self.study.lock:
            self.trial.set_user_attr(_NOTE, why)
            self.study.optuna_study.tell(self.trial, state=TrialState.PRUNED)


class SharedStudy:
    """The study in a folder: chooses trials (TPE, Bergstra et al. 2011) and prunes them (median
    rule, Golovin et al. 2017).

    The first trial is the recipe as it is. One process makes the same choices whenever it sees the
    same finished trials, whether or not it was stopped in between; they follow from `seed`.
    """

    def __init__(self, folder: Path, recipe: Recipe, seed: int) -> None:
        self.folder = folder
        self.lock = FileLock(folder / "tuning.lock")
        self._seed = seed
        self._start = {
            name: value if isinstance(recipe.search[name], SearchRange) else json.dumps(value)
            for name, value in start_of_search(recipe).items()
        }
        self._distributions = {
            name: _distribution(searched, setting_of(recipe, name))
            for name, searched in recipe.search.items()
        }
        # Optuna tells of every trial at greater length than we do.
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        with self.lock:
            self.optuna_study = optuna.create_study(
                study_name=STUDY,
                storage=RDBStorage(f"sqlite:///{folder / 'tuning.db'}"),
                direction="maximize",
                pruner=MedianPruner(_FEWEST_FOR_PRUNING, n_warmup_steps=recipe.epochs // 4 + 1),
                load_if_exists=True,
            )

    def trial_folder(self, number: int) -> Path:
        """Where a trial writes."""
        return self.folder / "trials" / str(number)

    def claim(self, wanted: int) -> RunningTrial | None:
        """The next trial, for this process to run and then to `release`.

        `None` where `wanted` trials are finished or being run.
        """
        with self.lock:
            self._give_up_abandoned()
            trials = self.optuna_study.get_trials(deepcopy=False)
            taken = [trial for trial in trials if trial.state in (*_FINISHED, TrialState.RUNNING)]
            if len(taken) >= wanted:
                return None
            if not any(_IS_START in trial.user_attrs for trial in taken):
                self.optuna_study.enqueue_trial(self._start, {_IS_START: True})
            words = np.random.SeedSequence([self._seed, len(taken)]).generate_state(1)
            self.optuna_study.sampler = TPESampler(seed=int(words[0]))
            trial = self.optuna_study.ask(self._distributions)
            running = self._running_lock(trial.number)
            running.acquire()
            return RunningTrial(self, trial, running)

    def release(self, trial: RunningTrial) -> None:
        """Let go of a trial; one that was neither finished nor pruned is given up."""
        with self.lock:
            trial.running.release()
            Path(trial.running.lock_file).unlink(missing_ok=True)
            self._give_up_abandoned()

    def finished_trials(self) -> tuple[Trial, ...]:
        """All complete and pruned trials, of every process, in the order of their numbers."""
        with self.lock:
            trials = self.optuna_study.get_trials(deepcopy=False, states=_FINISHED)
        return tuple(_record(trial) for trial in trials)

    def running_numbers(self) -> tuple[int, ...]:
        """Numbers of the trials that are being run, by this process or another."""
        with self.lock:
            self._give_up_abandoned()
            running = self.optuna_study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
        return tuple(trial.number for trial in running)

    def importances(self) -> dict[str, float]:
        """How much of the differences between complete trials each setting explains, in [0, 1],
        largest first (functional ANOVA, Hutter et al. 2014); empty with fewer than ten of them.
        """
        with self.lock:
            complete = self.optuna_study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
            if len(complete) < _FEWEST_FOR_IMPORTANCES:
                return {}
            return get_param_importances(
                self.optuna_study, evaluator=FanovaImportanceEvaluator(seed=0)
            )

    def _running_lock(self, number: int) -> FileLock:
        folder = self.trial_folder(number)
        folder.mkdir(parents=True, exist_ok=True)
        return FileLock(folder / "running.lock", timeout=0)

    def _give_up_abandoned(self) -> None:
        """Mark trials as failed whose process is gone: nobody holds their lock."""
        for trial in self.optuna_study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            running = self._running_lock(trial.number)
            try:
                with running:
                    self.optuna_study.tell(trial.number, state=TrialState.FAIL)
            except Timeout:
                continue
            Path(running.lock_file).unlink(missing_ok=True)


def _distribution(searched: SearchedValues, own: Any) -> BaseDistribution:
    if not isinstance(searched, SearchRange):
        # A choice may be a list, which Optuna could not keep; as JSON it is text.
        return CategoricalDistribution([json.dumps(choice) for choice in searched])
    low, high, log, step = searched.low, searched.high, searched.log, searched.step
    if isinstance(own, int):
        return IntDistribution(int(low), int(high), log=log, step=int(step or 1))
    return FloatDistribution(low, high, log=log, step=step)


def _decoded(params: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: json.loads(value) if isinstance(value, str) else value
        for name, value in params.items()
    }


def _record(trial: FrozenTrial) -> Trial:
    scores = trial.intermediate_values.values()
    assert trial.duration is not None
    return Trial(
        number=trial.number,
        state="complete" if trial.state is TrialState.COMPLETE else "pruned",
        values=_decoded(trial.params),
        score=max(scores, default=None),
        epochs=len(scores),
        seconds=trial.duration.total_seconds(),
        is_start=_IS_START in trial.user_attrs,
        note=trial.user_attrs.get(_NOTE, ""),
    )
