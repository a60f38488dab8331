"""The page: files that come with the package, and nothing from elsewhere."""

from __future__ import annotations

import functools
import gzip
import hashlib
import json
import os
from pathlib import Path

from fastapi import APIRouter
from starlette.datastructures import Headers
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC = Path(__file__).parent / "static"
_WORKER = "sw.js"

router = APIRouter(include_in_schema=False)


# Browsers ask each time whether what they have is still right: parts of two versions do not mix.
_ASK_AGAIN = {"Cache-Control": "no-cache"}
_TEXTS = {".css", ".html", ".js", ".svg", ".webmanifest"}


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


def _shell() -> dict[str, object]:
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
    """Texts are sent a quarter as long to browsers that can unpack them."""

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        path = Path(full_path)
        if path.suffix in _TEXTS:
            response.headers["Vary"] = "Accept-Encoding"
            if isinstance(response, FileResponse) and _takes_gzip(Headers(scope=scope)):
                # The name of the whole file, which a browser asks about again, is that of this too.
                headers = {"ETag": f"W/{response.headers['etag']}", "Content-Encoding": "gzip"}
                packed = _packed(path, stat_result.st_mtime_ns)
                kept = {name: response.headers[name] for name in ("last-modified", "vary")}
                response = Response(packed, status_code, headers | kept, response.media_type)
        response.headers.update(_ASK_AGAIN)
        return response


def _takes_gzip(headers: Headers) -> bool:
    accepted = headers.get("accept-encoding", "").replace(" ", "").split(",")
    return "gzip" in accepted  # who gives it a weight gets the whole file


@functools.lru_cache(maxsize=256)
def _packed(path: Path, changed: int) -> bytes:
    """A file of the page, as it is since it was changed."""
    return gzip.compress(path.read_bytes(), mtime=0)
