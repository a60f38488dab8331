"""What a reproduction prints where there is no terminal."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from pneumoscope.cli.reproduction_display import ReproductionDisplay, print_plan
from pneumoscope.errors import TrainingError
from pneumoscope.pipelines.reproduce import Plan, PlannedRun
from pneumoscope.recipe.files import load_recipe
from pneumoscope.recipe.variants import from_scratch, with_epochs
from pneumoscope.runs.folder import RunFolder


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    scratch, transfer, other = (
        load_recipe(name) for name in ("a-cnn-scratch", "a-resnet50", "c-densenet121")
    )
    return Plan(
        data=Path("films"),
        out=tmp_path,
        films={"train": 38, "val": 10, "test": 12},
        runs=(
            PlannedRun(with_epochs(scratch, 3), RunFolder(tmp_path / "a-cnn-scratch"), "finished"),
            PlannedRun(
                with_epochs(transfer, 4),
                RunFolder(tmp_path / "a-resnet50"),
                "started",
                (3600, 3600),
            ),
            PlannedRun(
                with_epochs(from_scratch(other), 2), RunFolder(tmp_path / "c"), "new", (1800, 1800)
            ),
        ),
    )


def console() -> tuple[Console, io.StringIO]:
    text = io.StringIO()
    return Console(file=text, width=100), text


def rows(text: io.StringIO) -> list[str]:
    return [" ".join(line.split()) for line in text.getvalue().splitlines()]


def test_the_plan_says_what_is_left_and_how_long_it_takes(plan: Plan) -> None:
    screen, text = console()
    print_plan(plan, screen)
    printed = rows(text)
    assert "A a-cnn-scratch small_cnn from scratch 3 38 finished" in printed
    assert "A a-resnet50 resnet50 pretrained 2 of 4 left 38 2 h 0 min" in printed
    assert "C c-densenet121 densenet121 from scratch 2 38 1 h 0 min" in printed
    assert any("compared on the 12 films of test" in line for line in printed)
    assert any("about 3 h 0 min" in line for line in printed)


def test_lines_tell_how_far_everything_has_come(plan: Plan) -> None:
    screen, text = console()
    _, transfer, other = plan.runs
    transfer.folder.path.mkdir()
    transfer.folder.log.write_text("epoch,val_roc_auc\n1,0.5\n2,0.9\n3,0.875\n4,0.75\n")
    with ReproductionDisplay(plan, screen) as display:
        display.run_starts(transfer)
        display.epoch_ends(3, 0.875)
        display.epoch_ends(4, 0.75)
        display.run_ends(transfer, None)
        display.run_starts(other)
        display.run_ends(other, TrainingError("The loss became nan."))
    printed = rows(text)
    assert printed[0] == (
        "recipe 2 of 3, 5 of 9 epochs done, about 3 h 0 min left: a-resnet50 starts"
    )
    assert printed[1] == ("a-resnet50: 4 epochs, best validation ROC-AUC 0.900, finished in 0 s")
    assert printed[2].startswith("recipe 3 of 3, 7 of 9 epochs done, about ")
    assert printed[3] == "c-densenet121: failed after 0 s: The loss became nan."


def test_estimates_shrink_epoch_by_epoch(plan: Plan) -> None:
    transfer = plan.runs[1]
    assert transfer.epochs_done == 2
    assert transfer.seconds - transfer.seconds_after(3) == 3600
    assert transfer.seconds_after(3) - transfer.seconds_after(4) == 3600
