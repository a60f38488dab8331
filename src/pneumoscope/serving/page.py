"""The page: files that come with the package, and nothing from elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import APIRouter
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles

STATIC = Path(__file__).parent / "static"

router = APIRouter(include_in_schema=False)


# Browsers ask each time whether what they have is still right: parts of two versions do not mix.
_ASK_AGAIN = {"Cache-Control": "no-cache"}


@router.get("/")
async def page() -> Response:
    """The page itself."""
    return FileResponse(STATIC / "index.html", headers=_ASK_AGAIN)


def static_files() -> StaticFiles:
    """The scripts, styles and pictures of the page."""
    return _Parts(directory=STATIC)


class _Parts(StaticFiles):
    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers.update(_ASK_AGAIN)
        return response
