"""Requests to a service with something wrong: films, forms, or the HTTP around them."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from mutations import mutated

_FORM_MARKS = (
    b"\r\n", b"\n", b"\r", b"--", b"\r\n--edge", b"\r\n--edge--\r\n", b"--edge\r\n", b"\r\n\r\n",
    b": ",
    b"Content-Disposition: form-data; ", b'filename="a"', b"filename*=utf-8''%ff", b'name="films"',
    b"Content-Type: multipart/mixed; boundary=edge\r\n", b"Content-Length: 5\r\n", b"\0", b"\xff",
    b"Content-Transfer-Encoding: base64\r\n", b'"', b"\\", b";", b"a" * 5_000,
)  # fmt: skip
_HTTP_MARKS = (
    b"\r\n", b"\n", b"\r\n\r\n", b" ", b"\t", b":", b"\0", b"\xff", b"HTTP/1.0", b"HTTP/2.0",
    b"Content-Length: 5\r\n", b"Content-Length: -1\r\n", b"Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: gzip, chunked\r\n", b"Expect: 100-continue\r\n", b"Host: elsewhere\r\n",
    b"Connection: Upgrade\r\nUpgrade: websocket\r\n", b"Connection: close\r\n", b"0\r\n\r\n",
    b"%00",
    b"%", b"//", b"/../", b"*", b"http://localhost/", b"?", b"#", b"a" * 70_000,
    b"X: " + b"y" * 9_000,
)  # fmt: skip

READ, UNREADABLE = 200, 422
_OF_FORMS = frozenset({200, 400, 413, 422})
_OF_QUERIES = frozenset({200, 204, 400, 404, 405, 413, 415, 422})


@dataclass(frozen=True)
class Case:
    """What is sent over one connection: `pieces`, with a `pause` in seconds between them.

    So many `answers` have to come, each with one of the `statuses`; where what is sent is no whole
    request there are none that have to, and any status that is documented will do.
    """

    description: str
    pieces: Sequence[bytes]
    pause: float = 0.0
    answers: int = 0
    statuses: frozenset[int] = frozenset()


def case(seed: int, number: int, films: Mapping[str, bytes], marks: Sequence[bytes]) -> Case:
    """A case, made anew from its numbers alone."""
    rng = random.Random(f"uploads/{seed}/{number}")
    kind = rng.choices(
        (
            _damaged_film,
            _damaged_films,
            _damaged_form,
            _odd_form,
            _odd_chunks,
            _odd_http,
            _odd_query,
        ),
        (35, 15, 10, 10, 10, 15, 5),
    )[0]
    return kind(rng, films, marks)


def request(
    body: bytes = b"",
    kind: str = "application/octet-stream",
    *,
    target: str = "/v1/predictions",
    method: str = "POST",
    close: bool = True,
    more: Sequence[str] = (),
) -> bytes:
    """A well-formed request."""
    lines = [
        f"{method} {target} HTTP/1.1",
        "Host: localhost",
        *([f"Content-Type: {kind}", f"Content-Length: {len(body)}"] if body else []),
        *(["Connection: close"] if close else []),
        *more,
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def form(parts: Sequence[tuple[str, bytes]], edge: bytes = b"edge") -> bytes:
    """A well-formed form of files."""
    pieces = []
    for name, data in parts:
        head = f'Content-Disposition: form-data; name="films"; filename="{name}"'
        pieces.append(b"--" + edge + b"\r\n" + head.encode() + b"\r\n\r\n" + data + b"\r\n")
    return b"".join(pieces) + b"--" + edge + b"--\r\n"


def _damaged(
    rng: random.Random, films: Mapping[str, bytes], marks: Sequence[bytes]
) -> tuple[bytes, str]:
    name, other = rng.choice(sorted(films)), rng.choice(sorted(films))
    data, changes = mutated(rng, films[name], films[other], marks)
    return data, f"{name}: {changes}"


def _damaged_film(rng: random.Random, films: Mapping[str, bytes], marks: Sequence[bytes]) -> Case:
    data, description = _damaged(rng, films, marks)
    kind = rng.choice(("image/jpeg", "image/png", "application/dicom", "application/octet-stream"))
    # Of a film without a byte nothing says that there is a body at all.
    statuses = frozenset({READ, UNREADABLE} if data else {UNREADABLE, 400, 415})
    return Case(description, [request(data, kind)], answers=1, statuses=statuses)


def _damaged_films(rng: random.Random, films: Mapping[str, bytes], marks: Sequence[bytes]) -> Case:
    damaged = [_damaged(rng, films, marks) for _ in range(rng.randint(1, 3))]
    whole = films[rng.choice(sorted(films))]
    parts = [(f"{place}.dcm", data) for place, (data, _) in enumerate(damaged)]
    body = form([*parts, ("whole", whole)])
    if any(b"\r\n--edge" in data for data, _ in damaged):
        return Case(
            "films that end their part", [request(body, "multipart/form-data; boundary=edge")]
        )
    return Case(
        " | ".join(description for _, description in damaged),
        [request(body, "multipart/form-data; boundary=edge")],
        answers=1,
        statuses=frozenset({READ, UNREADABLE}),
    )


def _damaged_form(rng: random.Random, films: Mapping[str, bytes], marks: Sequence[bytes]) -> Case:
    names = rng.sample(sorted(films), 2)
    body = form([(name, films[name]) for name in names])
    body, changes = mutated(rng, body, form([("other", b"other")] * 3), _FORM_MARKS)
    sent = request(body, "multipart/form-data; boundary=edge")
    statuses = _OF_FORMS if body else frozenset({415})
    return Case(f"a form: {changes}", [sent], answers=1, statuses=statuses)


def _odd_form(rng: random.Random, films: Mapping[str, bytes], marks: Sequence[bytes]) -> Case:
    film = films[rng.choice(sorted(films))]
    name = rng.choice(
        ("", "\0", "a\0b", "..", "../../etc/passwd", "C:\\films\\a.png", "/", "\u202e", "é",
         "a" * 3_000,
         "a" * 9_000, '\\"', "=1+1", "%0d%0a", "\x1b[2J", "{}", "nul", "\ufffd", "\U0001f480")
    )  # fmt: skip
    one = form([(name, film)])
    many = rng.choice((0, 2, 64, 65, 66, 3_000))
    head = b'Content-Disposition: form-data; name="films"; filename="a"\r\n'
    body, kind = rng.choice(
        (
            (one, "multipart/form-data; boundary=edge"),
            (one, 'multipart/form-data; boundary="edge"'),
            (one, "multipart/form-data"),
            (one, "multipart/form-data; boundary="),
            (one, "multipart/form-data; boundary=other"),
            (one, "multipart/form-data; boundary=edge; boundary=other"),
            (one, "multipart/form-data; boundary=" + "e" * 3_000),
            (one, "multipart/form-data; boundary=\xe9\xff"),
            (one, "multipart/mixed; boundary=edge"),
            (one, "Multipart/Form-Data; Boundary=edge"),
            (one.replace(b"\r\n", b"\n"), "multipart/form-data; boundary=edge"),
            (one[: rng.randrange(len(one))], "multipart/form-data; boundary=edge"),
            (b"preamble" * 2_000 + b"\r\n" + one, "multipart/form-data; boundary=edge"),
            (one + b"epilogue" * 2_000, "multipart/form-data; boundary=edge"),
            (one + one, "multipart/form-data; boundary=edge"),
            (form([(str(place), b"x") for place in range(many)]),
             "multipart/form-data; boundary=edge"),
            (b"--edge\r\n" * many + one, "multipart/form-data; boundary=edge"),
            (b"--edge\r\n" + head * many + b"\r\n" + film + b"\r\n--edge--\r\n",
             "multipart/form-data; boundary=edge"),
            (b"--edge\r\n" + head[:-2] + b"; x=" + b"y" * many * 100 + b"\r\n\r\n\r\n--edge--\r\n",
             "multipart/form-data; boundary=edge"),
            (b"--edge\r\nContent-Type: multipart/mixed; boundary=in\r\n" + head + b"\r\n"
             + form([("a", film)], b"in") + b"\r\n--edge--\r\n",
             "multipart/form-data; boundary=edge"),
            (b'--edge\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--edge--\r\n',
             "multipart/form-data; boundary=edge"),
            (b"--edge\r\n" * 100_000, "multipart/form-data; boundary=edge"),
            (b"\r\n" * 200_000, "multipart/form-data; boundary=edge"),
            (b"\r\n--edg" * 50_000, "multipart/form-data; boundary=edge"),
        )
    )  # fmt: skip
    statuses = _OF_FORMS | {415}
    sent = request(body, kind)
    if rng.random() < 0.3:
        cut = rng.randrange(len(sent))
        return Case(f"{kind[:60]} in two pieces", [sent[:cut], sent[cut:]], 0.02, 1, statuses)
    return Case(kind[:60], [sent], answers=1, statuses=statuses)


def _odd_chunks(rng: random.Random, films: Mapping[str, bytes], marks: Sequence[bytes]) -> Case:
    film = films[rng.choice(sorted(films))]
    head = request(more=["Content-Type: image/png", "Transfer-Encoding: chunked"])
    odd = rng.choice(
        (
            "",
            "",
            "",
            "extension",
            "zeros",
            "size",
            "negative",
            "huge",
            "cut",
            "trailer",
            "no end",
            "lf",
        )
    )
    chunks, position = [], 0
    while position < len(film):
        part = film[position : position + rng.choice((1, 2, 7, 100, 5_000))]
        position += len(part)
        size = b"%x" % len(part) if rng.random() < 0.5 else b"%X" % len(part)
        chunks.append(size + b"\r\n" + part + b"\r\n")
    place = rng.randrange(len(chunks))
    size, _, rest = chunks[place].partition(b"\r\n")
    wrong = {
        "extension": size + b";" + b"x" * rng.choice((1, 100, 9_000)) + b"=y\r\n" + rest,
        "zeros": size.zfill(rng.choice((8, 16, 17, 5_000))) + b"\r\n" + rest,
        "size": b"%x\r\n" % rng.choice((1, 2, 5, 9_999)) + rest,
        "negative": b"-" + size + b"\r\n" + rest,
        "huge": rng.choice((b"f" * 8, b"f" * 15, b"f" * 16, b"f" * 17)) + b"\r\n" + rest,
        "cut": rest[: len(rest) // 2],
        "lf": size + b"\n" + rest,
    }
    chunks[place] = wrong.get(odd, chunks[place])
    trailer = b"X-Trailer: y\r\nHost: elsewhere\r\n" if odd == "trailer" else b""
    end = b"" if odd == "no end" else b"0\r\n" + trailer + b"\r\n"
    sent = [head, b"".join(chunks) + end]
    is_good = odd in ("", "trailer")
    return Case(
        f"chunks: {odd or 'as they should be'}",
        sent if rng.random() < 0.5 else [b"".join(sent)],
        answers=int(is_good),
        statuses=frozenset({READ, UNREADABLE}) if is_good else frozenset(),
    )


def _odd_http(rng: random.Random, films: Mapping[str, bytes], marks: Sequence[bytes]) -> Case:
    film = films[rng.choice(sorted(films))]
    whole = request(film, "image/png")
    kind = rng.choice(
        ("damaged", "damaged head", "length", "early end", "slow", "ahead", "expect", "version")
    )
    cut = whole.index(b"\r\n\r\n") + 4
    if kind == "damaged":
        data, changes = mutated(rng, whole, request(target="/"), _HTTP_MARKS)
        return Case(f"http: {changes}", [data])
    if kind == "damaged head":
        data, changes = mutated(rng, whole[:cut], request(target="/"), _HTTP_MARKS)
        return Case(f"a head: {changes}", [data + film])
    if kind == "length":
        length = rng.choice(
            ("0", "1", str(len(film) - 1), str(len(film) + 1), "-1", "+5", "0x10", "9" * 30, "",
             "1, 1",
             "1e3", "\u00b2", str(2**63), str(2**64))
        )  # fmt: skip
        old = b"Content-Length: %d" % len(film)
        data = whole.replace(old, f"Content-Length: {length}".encode("latin-1"))
        return Case(f"a length of {length!r}", [data])
    if kind == "early end":
        return Case("an early end", [whole[: rng.randrange(len(whole))]])
    if kind == "slow":
        step = max(1, len(whole) // rng.randint(2, 8))
        pieces = [whole[start : start + step] for start in range(0, len(whole), step)]
        return Case("slow", pieces, 0.02, 1, frozenset({READ, UNREADABLE}))
    if kind == "ahead":
        count = rng.choice((2, 3, 10))
        other = request(target="/v1/models", method="GET", close=False)
        first = request(film, "image/png", close=False)
        ahead = [rng.choice((first, other)) for _ in range(count - 1)]
        return Case("requests ahead", [b"".join([*ahead, whole])], 0, count, frozenset({200, 422}))
    if kind == "expect":
        waits = request(film, "image/png", more=["Expect: 100-continue"])
        cut = len(waits) - len(film)
        pause = rng.choice((0.0, 0.05))
        return Case("expect", [waits[:cut], waits[cut:]], pause, 1, frozenset({200, 422}))
    old, new = rng.choice(
        ((b"HTTP/1.1", b"HTTP/1.0"), (b"HTTP/1.1", b"HTTP/0.9"), (b"HTTP/1.1", b"HTTP/9.9"),
         (b"POST", b"post"), (b"POST", b"PRI"), (b"/v1", b"http://localhost/v1"), (b"\r\n", b"\n"),
         (b"Host: localhost", b"Host: localhost\r\n folded"), (b"Host: localhost\r\n", b""),
         (b"close", b"Upgrade\r\nUpgrade: h2c"), (b"close", b"keep-alive"),
         (b"POST", b"\r\n\r\nPOST"))
    )  # fmt: skip
    return Case(f"{new!r} in place of {old!r}", [whole.replace(old, new, 1)])


def _odd_query(rng: random.Random, films: Mapping[str, bytes], marks: Sequence[bytes]) -> Case:
    text = rng.choice(
        ("", "\0", "x" * 199, "x" * 3_000, "%", "é", "\ud800", "0", "-1", "1e-310", "nan", "inf",
         "1e999",
         "balanced", "phantoms", "none", "2026-11-29T08:00:00Z", "0001-01-01T00:00:00+23:59",
         "9999-12-31T23:59:59-23:59", "{", "[]", "' or 1=1", "%_\\", "=cmd", "../../x")
    )  # fmt: skip
    name = rng.choice(
        ("search", "status", "finding", "verdict", "model", "since", "until", "sort", "limit",
         "cursor",
         "operating_point", "prevalence", "name", "size", "bits", "class", "format", "x")
    )  # fmt: skip
    path = rng.choice(
        ("/v1/predictions", "/v1/predictions/x", "/v1/predictions/x/heatmap", "/v1/export",
         "/v1/model",
         "/v1/samples/x", "/v1/predictions/%2e%2e/film", "/static/..%2f..%2fapp.py",
         "/v1/predictions/%00")
    )  # fmt: skip
    target = f"{path}?{urlencode({name: text}, errors='surrogatepass')}"
    method = rng.choice(("GET", "GET", "PUT", "POST", "DELETE"))
    if method == "PUT":
        target = "/v1/predictions/x/review"
        document = json.dumps(
            {"verdict": rng.choice((text, "agree", None, 1)), "note": text}
        ).encode()
        body, changes = mutated(
            rng, document, b"[" * 5_000, (b'"', b"{", b"[" * 900, b"\xff", b"1e999")
        )
        sent = request(body or b"{", "application/json", target=target, method="PUT")
        return Case(f"a review: {changes}", [sent], answers=1, statuses=_OF_QUERIES)
    film = films[rng.choice(sorted(films))] if method == "POST" else b""
    sent = request(film, target=target, method=method)
    return Case(f"{method} {name}={text[:20]!a}", [sent], answers=1, statuses=_OF_QUERIES)
