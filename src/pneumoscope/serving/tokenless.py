"""What a service without tokens refuses: requests that other pages send, and those of clients
elsewhere, whom a proxy on this machine lets in."""

from __future__ import annotations

from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.types import Scope

from pneumoscope.serving.clients import SAFE_METHODS
from pneumoscope.serving.problems import Problem
from pneumoscope.serving.settings import ServiceSettings

_OF_PROXIES = ("x-forwarded-for", "x-forwarded-proto", "forwarded")


def check_without_token(scope: Scope, settings: ServiceSettings) -> None:
    """Raise `Problem` 403 for a request that nobody may have meant, or that comes from elsewhere.

    A browser sends forms of any page to this machine, without asking the service first; it tells
    whose they are. Programs tell nothing of the kind, and go on.
    """
    headers = Headers(scope=scope)
    own = f"{scope['scheme']}://{headers.get('host', '')}".lower()
    if scope["method"] not in SAFE_METHODS and _is_of_other_page(headers, own, settings.origins):
        raise Problem(
            403,
            "cross-site",
            "The request changes something, and comes from a page of another origin.",
            "Send it from the service's own page, or start the service with --cors-origin ORIGIN.",
        )
    if not (settings.open_to_all or settings.proxies) and any(
        name in headers for name in _OF_PROXIES
    ):
        raise Problem(
            403,
            "proxy",
            "The request came through a proxy, and this service, which asks nobody for a token, is "
            "for this machine alone.",
            "Make a token (pneumoscope serve token create NAME, with --folder and --history as the "
            "service has them) and start the service again with --proxy ADDRESS, or say that "
            "everybody may use it (--no-auth).",
        )


def _is_of_other_page(headers: Headers, own: str, allowed: Collection[str]) -> bool:
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    if origin in allowed or "*" in allowed:
        return False
    # A browser's own word comes first: behind a proxy the service may not know its own origin.
    if site is not None:
        return site not in ("same-origin", "none")
    return origin is not None and origin.lower() != own
