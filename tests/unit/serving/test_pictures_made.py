"""Pictures: how many are made at once, how many wait, and for whom none is made."""

from __future__ import annotations

import asyncio
import io
import threading
from collections.abc import Iterator

import pytest
from PIL import Image
from starlette.requests import ClientDisconnect, Request

from pneumoscope.serving.gallery import Gallery
from pneumoscope.serving.problems import Problem
from pneumoscope.serving.settings import ServiceLimits, ServiceSettings


@pytest.fixture
def gallery() -> Iterator[Gallery]:
    """One picture is made at a time, while two more wait."""
    gallery = Gallery(ServiceSettings(workers=1, limits=ServiceLimits(pictures=2)))
    yield gallery
    gallery.close()


class Client:
    """Somebody who asks for a picture, and who may leave."""

    def __init__(self) -> None:
        self._left = asyncio.Event()
        self.request = Request({"type": "http"}, self._receive)

    def leave(self) -> None:
        self._left.set()

    async def _receive(self) -> dict[str, str]:
        await self._left.wait()
        return {"type": "http.disconnect"}


def test_pictures_beyond_the_queue_are_refused_and_none_is_made_for_who_left(
    gallery: Gallery,
) -> None:
    goes_on, made = threading.Event(), []

    def draw(name: str) -> Image.Image:
        goes_on.wait()
        made.append(name)
        return Image.new("L", (3, 2), 9)

    async def run() -> None:
        clients = {name: Client() for name in ("first", "leaves", "waits", "refused", "later")}

        def ask(name: str) -> asyncio.Task[bytes]:
            return asyncio.create_task(gallery.png(clients[name].request, lambda: draw(name)))

        first, leaves, waits, refused = (ask(name) for name in [*clients][:4])
        with pytest.raises(Problem) as caught:
            await refused
        assert (caught.value.status, caught.value.retry_after) == (503, 1)
        clients["leaves"].leave()
        with pytest.raises(ClientDisconnect):
            await leaves
        later = ask("later")  # there is room again
        await asyncio.sleep(0)
        goes_on.set()
        for data in await asyncio.gather(first, waits, later):
            assert Image.open(io.BytesIO(data)).size == (3, 2)

    asyncio.run(run())
    assert made == ["first", "waits", "later"]


def test_pictures_start_no_more_processes_than_are_made_at_once(gallery: Gallery) -> None:
    file = io.BytesIO()
    Image.new("L", (80, 90), 9).save(file, "PNG")

    def draw() -> Image.Image:
        return Image.fromarray(gallery.workers.picture(file.getvalue(), 64))

    async def run() -> None:
        client = Client()
        await asyncio.gather(*(gallery.png(client.request, draw) for _ in range(3)))

    asyncio.run(run())
    assert len(gallery.workers.process_ids) == 1
