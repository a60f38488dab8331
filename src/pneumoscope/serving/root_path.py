"""The path below which a proxy shows the service, told to the application in one way."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send


class RootPath:
    """Puts the root path in front of the paths of requests, where it is not.

    Some proxies take it off before they hand a request on, others do not, and whoever asks whether
    the service is well asks without a proxy. ASGI has it in both `root_path` and `path`, so that
    routes are found and addresses in answers are those that a browser knows.
    """

    def __init__(self, app: ASGIApp, root_path: str) -> None:
        self._app = app
        self._root = root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._root and scope["type"] == "http":
            path = scope["path"]
            if path != self._root and not path.startswith(f"{self._root}/"):
                path = self._root + path
            scope = {**scope, "root_path": self._root, "path": path}
        await self._app(scope, receive, send)
