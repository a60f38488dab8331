"""A service removes what is too old."""

from __future__ import annotations

import datetime
import time
from pathlib import Path

from history_records import everything, model, read_film
from pneumoscope.history.identifiers import made_at
from pneumoscope.history.store import History
from served import serving


def test_what_is_too_old_goes_when_it_starts(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'history.sqlite'}"
    days = (datetime.datetime.now(datetime.UTC) - made_at(read_film().record.id)).days
    with History.open(url, tmp_path / "films") as history:
        history.keep_model(model())
        history.add([read_film("old.png", copy=b"x"), read_film("new.png", at=days * 86_400)])
        options = ("--model", "phantoms", "--records-days", "30")
        with serving(tmp_path, *options):
            end = time.monotonic() + 60
            while len(everything(history)) == 2 and time.monotonic() < end:
                time.sleep(0.05)
        assert [record.film for record in everything(history)] == ["new.png"]
