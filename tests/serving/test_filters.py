"""What is asked of the history is understood, or refused before an answer begins."""

from __future__ import annotations

import httpx
import pytest

from drawn_films import drawn_film


@pytest.mark.parametrize("route", ["/v1/predictions", "/v1/export"])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("operating_point", "none"),
        ("since", "0.5"),
        ("since", "1764403200"),
        ("until", "2026-11-29T08:00:00"),
        ("cursor", "none"),
        ("limit", "0"),
        ("unknown", "1"),
    ],
)
def test_what_makes_no_sense_is_refused(
    client: httpx.Client, route: str, name: str, value: str
) -> None:
    # The newest record could not be read, and has no operating point that could be wrong.
    for data in (drawn_film(), b"no film"):
        client.post("/v1/predictions", files=[("films", ("film", data))])
    answer = client.get(route, params={name: value})
    assert answer.status_code == 422
    assert name in answer.json()["detail"].replace("operating point", "operating_point")


def test_films_are_called_at_the_operating_point_that_is_asked_for(client: httpx.Client) -> None:
    client.post("/v1/predictions", files=[("films", ("film", drawn_film()))])
    for route, more in (("/v1/predictions", {}), ("/v1/export", {"format": "json"})):
        asked = {"operating_point": "screening", **more}
        document = client.get(route, params=asked).json()
        records = document["predictions"] if isinstance(document, dict) else document
        points = {record["operating_point"] for record in records if record["status"] == "read"}
        assert points == {"screening"}
