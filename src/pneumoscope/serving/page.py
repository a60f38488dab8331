"""The page: files that come with the package, and nothing from elsewhere."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles

STATIC = Path(__file__).parent / "static"
_WORKER = "sw.js"

router = APIRouter(include_in_schema=False)


# Browsers ask each time whether what they have is still right: parts of two versions do not mix.
_ASK_AGAIN = {"Cache-Control": "no-cache"}


@router.get("/")
async def page() -> Response:
    """The page itself."""
    return FileResponse(STATIC / "index.html", headers=_ASK_AGAIN)


@router.get("/sw.js")
def worker() -> Response:
    """The page's service worker, after a line that tells which files belong together."""
    script = (STATIC / _WORKER).read_text(encoding="utf-8")
    line = f"self.shell = {json.dumps(_shell())};\n"
    return Response(line + script, media_type="text/javascript", headers=_ASK_AGAIN)


def _shell() -> dict[str, Any]:
    """The digests of all files of the page, by where the page asks for them, and one of all."""
    files = {
        f"static/{path.relative_to(STATIC).as_posix()}": _sha256(path.read_bytes())
        for path in sorted(STATIC.rglob("*"))
        if path.is_file() and path.name != _WORKER
    }
    files[""] = files["static/index.html"]
    return {"version": _sha256(json.dumps(files).encode())[:16], "files": files}


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def static_files() -> StaticFiles:
    """The scripts, styles and pictures of the page."""
    return _Parts(directory=STATIC)


class _Parts(StaticFiles):
    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers.update(_ASK_AGAIN)
        return response
