"""A page, taken apart."""

from __future__ import annotations

import base64
import hashlib
from html.parser import HTMLParser


class Page(HTMLParser):
    """Identifiers, addresses, kinds of elements, scripts and text of a page; `handlers` are
    attributes that would run something, `policy` what the page allows itself."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.tags: set[str] = set()
        self.scripts: list[str] = []
        self.handlers: list[str] = []
        self.policy = ""
        self.words = ""
        self.feed(text)
        self.words = " ".join(self.words.split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag == "script":
            self.scripts.append("")
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name in {"href", "src", "xlink:href"}:
                self.addresses.append(value or "")
            if name.startswith("on"):
                self.handlers.append(name)
        given = dict(attrs)
        if given.get("http-equiv") == "Content-Security-Policy":
            self.policy = given["content"] or ""

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "script":
            self.scripts[-1] += data
        else:
            self.words += data

    def runs_only_its_own_script(self) -> bool:
        """Whether there is one script, the one that the policy names, and nothing else to run."""
        if len(self.scripts) != 1 or self.handlers:
            return False
        digest = base64.b64encode(hashlib.sha256(self.scripts[0].encode()).digest()).decode()
        return f"script-src 'sha256-{digest}'" in self.policy and not self.tags & {
            *("link", "iframe", "object", "embed", "base", "form"),
        }
