"""Proxies in front of a service, with the examples of `deploy/`: nginx, with a certificate for this
machine, and Caddy, without one."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

DEPLOY = Path(__file__).parents[2] / "deploy"
HOST = "films.example"
ROOT_PATH = "/pneumoscope"
OPTIONS = ("--proxy", "127.0.0.1", "--allow-host", HOST, "--root-path", ROOT_PATH)
_SECONDS_TO_START = 20.0
_FRAME = """\
{user}
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/logged info;
events {{}}
http {{
    access_log {folder}/logged;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{example}
}}
"""


@dataclass
class Proxy:
    """A proxy that runs. `port` answers over TLS, `plain_port` leads there."""

    folder: Path
    port: int
    plain_port: int

    def client(self, address: str = "127.0.0.1") -> httpx.Client:
        """A client at one of the addresses of this machine, 127.0.0.0/8."""
        context = ssl.create_default_context(cafile=self.folder / "cert.pem")
        return httpx.Client(
            base_url=f"https://127.0.0.1:{self.port}{ROOT_PATH}/",
            headers={"host": HOST},
            transport=httpx.HTTPTransport(verify=context, local_address=address),
            timeout=60.0,
        )


@contextmanager
def behind_nginx(folder: Path, served_port: int) -> Iterator[Proxy]:
    """nginx with the example, from when it listens to the end of the block, in front of what
    listens at a port. Whatever it logs is in the file `logged` in the folder."""
    folder.mkdir()
    port, plain_port = _free_ports(2)
    _make_certificate(folder)
    configuration = folder / "nginx.conf"
    places = (
        ("127.0.0.1:8000", f"127.0.0.1:{served_port}"),
        ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
        ("listen 80", f"listen 127.0.0.1:{plain_port}"),
        ("/etc/ssl/films.example/fullchain.pem", f"{folder}/cert.pem"),
        ("/var/log/nginx/error.log", f"{folder}/logged"),
        ("/etc/ssl/films.example/privkey.pem", f"{folder}/key.pem"),
    )
    example = _example("nginx.conf", places)
    # Folders of tests are their owner's alone.
    user = "user root;" if Path("/etc/passwd").owner() == folder.owner() else ""
    text = _FRAME.format(folder=folder, example=example, user=user)
    configuration.write_text(text, encoding="utf-8")
    command = ["nginx", "-e", "stderr", "-p", str(folder), "-c", str(configuration)]
    subprocess.run([*command, "-t"], check=True)
    process = subprocess.Popen(command)
    try:
        _wait_for(port, process)
        yield Proxy(folder, port, plain_port)
    finally:
        process.terminate()
        process.wait(_SECONDS_TO_START)


@contextmanager
def behind_caddy(folder: Path, served_port: int) -> Iterator[int]:
    """The port of Caddy with the example, without TLS, from when it listens to the end of the
    block, in front of what listens at a port. Whatever it logs is in the file `logged` in the
    folder."""
    (port,) = _free_ports(1)
    configuration = folder / "Caddyfile"
    places = (
        ("127.0.0.1:8000", f"127.0.0.1:{served_port}"),
        (f"\n{HOST} {{", f"\nhttp://{HOST}:{port} {{\n\tbind 127.0.0.1"),
        ("\n{\n", "\n{\n\tadmin off\n"),
    )
    configuration.write_text(_example("Caddyfile", places), encoding="utf-8")
    command = ["caddy", "run", "--adapter", "caddyfile", "--config", str(configuration)]
    homes = dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"), str(folder))
    with (folder / "logged").open("wb") as logged:
        process = subprocess.Popen(command, stderr=logged, env=os.environ | homes)
    try:
        _wait_for(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(_SECONDS_TO_START)


def _example(name: str, places: Sequence[tuple[str, str]]) -> str:
    """An example of `deploy/` with what is ours in some places."""
    text = (DEPLOY / name).read_text(encoding="utf-8")
    for place, ours in places:
        assert place in text, place
        text = text.replace(place, ours)
    return text


def _make_certificate(folder: Path) -> None:
    request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-batch"]
    names = ["-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST},IP:127.0.0.1"]
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    subprocess.run(["openssl", *request, *names, *files], check=True, capture_output=True)


def _free_ports(number: int) -> list[int]:
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [listener.getsockname()[1] for listener in listeners]
    for listener in listeners:
        listener.close()
    return ports


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < end:
        assert process.poll() is None, "the proxy has ended"
        try:
            socket.create_connection(("127.0.0.1", port), 1.0).close()
            return
        except OSError:
            time.sleep(0.02)
    raise AssertionError("the proxy does not listen")
