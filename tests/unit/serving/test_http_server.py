"""A server that cannot start says so, and is never ready."""

from __future__ import annotations

from pathlib import Path

import pytest

from pneumoscope.errors import PneumoscopeError
from pneumoscope.history.store import History
from pneumoscope.serving.http_server import serve_at
from pneumoscope.serving.listener import listen
from pneumoscope.serving.served_models import ServedModels
from pneumoscope.serving.service import Service
from pneumoscope.serving.settings import ServiceSettings


def test_a_service_that_cannot_begin_is_told_and_never_ready(tmp_path: Path) -> None:
    with (
        History.open(f"sqlite:///{tmp_path / 'history.sqlite'}", tmp_path / "films") as history,
        listen("127.0.0.1", 0) as listener,
    ):
        models = ServedModels.load(["phantoms"])
        service = Service(models, history, ServiceSettings())
        service.pipeline.start()  # and cannot be started again
        said: list[str] = []
        with pytest.raises(PneumoscopeError, match="could not start"):
            serve_at(listener, service, lambda: said.append("ready"))
        assert said == []
        service.pipeline.close()
        service.workers.close()
