"""Addresses of machines, as options take them."""

from __future__ import annotations

import ipaddress

import click


class Network(click.ParamType):
    """An address such as 192.0.2.7, or a network such as 192.0.2.0/24; left as it was given."""

    name = "network"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            ipaddress.ip_network(value)
        except ValueError as error:
            self.fail(f"{error}.", param, ctx)
        return value


NETWORK = Network()


def is_local(host: str) -> bool:
    """Whether an address is that of this machine for itself."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
