"""When a service says that films can be judged and stored."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

from pneumoscope.history.store import History
from pneumoscope.inference.isolation import FilmWorkers
from pneumoscope.serving.metrics import Metrics
from pneumoscope.serving.pipeline import Pipeline
from pneumoscope.serving.readiness import Readiness
from pneumoscope.serving.settings import ServiceSettings


def test_what_keeps_films_from_being_judged_is_found_out_once_a_second(tmp_path: Path) -> None:
    file, films, now = tmp_path / "history.sqlite", tmp_path / "films", 0.0
    with History.open(f"sqlite:///{file}", films) as history, FilmWorkers() as workers:
        pipeline = Pipeline(history, workers, ServiceSettings(), Metrics())
        readiness = Readiness(history, pipeline, lambda: now)

        def why_not(after: float) -> str:
            nonlocal now
            now += after
            return asyncio.run(readiness.why_not())

        assert "has ended" in why_not(0)
        pipeline.start()
        try:
            assert "has ended" in why_not(0.5)
            assert why_not(0.6) == ""
            with sqlite3.connect(file) as database:
                database.execute("ALTER TABLE identity RENAME TO lost")
            assert why_not(0.5) == ""
            assert why_not(0.6) == "Something is wrong with the history."
            with sqlite3.connect(file) as database:
                database.execute("ALTER TABLE lost RENAME TO identity")
            assert why_not(1.1) == ""
            films.rename(tmp_path / "gone")
            assert why_not(1.1) == "Something is wrong with the history."
            (tmp_path / "gone").rename(films)
            assert why_not(1.1) == ""
        finally:
            pipeline.close()
        assert "has ended" in why_not(1.1)
