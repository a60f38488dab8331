"""What a reproduction prints: its plan, where it is, and the time left."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from pneumoscope.cli.reproduction_display import ReproductionDisplay, print_plan
from pneumoscope.data.patient_rules import AS_FOUND
from pneumoscope.data.patients import BY_NAMES, PatientSummary
from pneumoscope.data.tables.rules import TableRules
from pneumoscope.errors import TrainingError
from pneumoscope.pipelines.reproduce import Plan, PlannedRun
from pneumoscope.recipe.architectures import ARCHITECTURES
from pneumoscope.recipe.files import load_recipe
from pneumoscope.recipe.settings import Recipe
from pneumoscope.recipe.variants import from_scratch, with_epochs
from pneumoscope.runs.folder import RunFolder
from tiny_run import EPOCHS


def plan_for(folder: Path, last: Recipe) -> Plan:
    scratch, transfer = load_recipe("a-cnn-scratch"), load_recipe("a-resnet50")
    runs = [RunFolder(folder / name) for name in ("scratch", "transfer", "last")]
    return Plan(
        data=Path("films"),
        out=folder,
        rule=AS_FOUND,
        tables=TableRules(),
        patients=PatientSummary(60, 41, {BY_NAMES: 60}),
        films={"train": 38, "val": 10, "test": 12},
        classes="Healthy class: NORMAL, as stated. Looked for: PNEUMONIA.",
        runs=(
            PlannedRun(with_epochs(scratch, 3), runs[0], "finished", 3),
            PlannedRun(with_epochs(transfer, 4), runs[1], "started", 2),
            PlannedRun(with_epochs(from_scratch(last), 2), runs[2], "new"),
        ),
    )


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    return plan_for(tmp_path, load_recipe("c-densenet121"))


def console() -> tuple[Console, io.StringIO]:
    text = io.StringIO()
    return Console(file=text, width=100), text


def rows(text: io.StringIO) -> list[str]:
    return [" ".join(line.split()) for line in text.getvalue().splitlines()]


class Clock:
    """Seconds as a test says."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_plan_says_what_is_finished_started_and_new(plan: Plan) -> None:
    screen, text = console()
    print_plan(plan, screen)
    printed = rows(text)
    assert "A a-cnn-scratch small_cnn from scratch 3 finished" in printed
    assert "A a-resnet50 resnet50 pretrained 4 started, 2 epochs done" in printed
    assert "C c-densenet121 densenet121 from scratch 2 new" in printed
    assert any("the same 38 films" in line and "12 films of test" in line for line in printed)
    assert plan.classes in printed


def test_lines_tell_what_starts_and_what_came_of_it(plan: Plan) -> None:
    screen, text = console()
    clock = Clock()
    _, transfer, other = plan.runs
    transfer.folder.path.mkdir()
    transfer.folder.log.write_text(EPOCHS, encoding="utf-8")
    with ReproductionDisplay(plan, screen, clock) as display:
        display.run_starts(transfer)
        for epoch in (3, 4):
            clock.now += 100
            display.epoch_ends(epoch, 0.875)
        display.run_ends(transfer, None)
        display.run_starts(other)
        display.run_ends(other, TrainingError("The loss became nan."))
    # Two epochs of one network have taken 200 seconds, and two of a smaller one are left.
    work = {name: ARCHITECTURES[name].multiply_adds for name in ("resnet50", "densenet121")}
    left = round(200 * work["densenet121"] / work["resnet50"])
    assert rows(text) == [
        "recipe 2 of 3: a-resnet50 starts",
        "a-resnet50: 3 epochs, best validation ROC-AUC 0.830, finished in 3 min 20 s",
        f"recipe 3 of 3: c-densenet121 starts, about {left // 60} min {left % 60} s left",
        "c-densenet121: failed after 0 s: The loss became nan.",
    ]


def test_a_terminal_shows_the_epoch_and_its_score(plan: Plan) -> None:
    text = io.StringIO()
    screen = Console(file=text, width=100, force_terminal=True)
    clock = Clock()
    with ReproductionDisplay(plan, screen, clock) as display:
        display.run_starts(plan.runs[2])
        clock.now = 60
        display.epoch_ends(1, 0.875)
        screen.print("")  # draws the line once more, above it an empty one
    assert "recipe 3 of 3: c-densenet121, epoch 1 of 2, validation ROC-AUC 0.875" in text.getvalue()
    assert "about 1 min 0 s left" in text.getvalue()


def test_the_time_left_of_a_network_of_unknown_size_is_not_told(tmp_path: Path) -> None:
    plan = plan_for(tmp_path, load_recipe("c-densenet121", ["model.name=mine"]))
    screen, text = console()
    clock = Clock()
    with ReproductionDisplay(plan, screen, clock) as display:
        display.run_starts(plan.runs[1])
        clock.now = 60
        display.epoch_ends(3, 0.875)
        display.run_starts(plan.runs[2])
    assert rows(text)[-1] == "recipe 3 of 3: c-densenet121 starts"
