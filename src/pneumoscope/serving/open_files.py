"""How many files a process may have open: every connection is one."""

from __future__ import annotations

import logging
from types import ModuleType

from pneumoscope.logs import tell

resource: ModuleType | None
try:
    import resource
except ImportError:  # on Windows
    resource = None

_log = logging.getLogger(__name__)

_BESIDE_CONNECTIONS = 500  # databases, films, decoding processes, and connections that are refused


def allow_connections(number: int) -> None:
    """Let this process have so many connections open, and the files that it needs beside them, or
    as many as the system lets it have: mostly, systems begin with 1,024."""
    if resource is None:
        return
    needed = number + _BESIDE_CONNECTIONS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return
    allowed = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    if allowed < needed:
        tell(_log, "few files", level=logging.WARNING, needed=needed, allowed=allowed)
