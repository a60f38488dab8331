"""What is asked of the history is understood, or refused before an answer begins."""

from __future__ import annotations

from typing import get_args

import httpx
import pytest

from drawn_films import drawn_film
from pneumoscope.history.search import Sort
from pneumoscope.serving.filters import PredictionQuery


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


def test_a_page_begins_at_a_cursor_or_behind_so_many_records(client: httpx.Client) -> None:
    for number in range(3):
        client.post("/v1/predictions", files=[("films", ("film", drawn_film(number)))])
    whole = client.get("/v1/predictions", params={"sort": "urgency"}).json()["predictions"]
    page = client.get("/v1/predictions", params={"sort": "urgency", "offset": 1, "limit": 1})
    told = page.json()
    assert (told["predictions"], told["total"]) == (whole[1:2], len(whole))
    more = {"sort": "urgency", "cursor": told["next"]}
    assert client.get("/v1/predictions", params=more).json()["predictions"] == whole[2:]
    both = client.get("/v1/predictions", params=more | {"offset": 1})
    assert both.status_code == 422
    assert "either a cursor or an offset" in both.json()["detail"]
    for offset in ("-1", "x", str(2**70)):
        wrong = client.get("/v1/predictions", params={"offset": offset})
        assert wrong.status_code == 422


def test_exports_take_every_order(client: httpx.Client) -> None:
    for number in range(2):
        client.post("/v1/predictions", files=[("films", ("film", drawn_film(number)))])
    for sort in get_args(Sort):
        asked = {"sort": sort}
        exported = client.get("/v1/export", params={**asked, "format": "json", "limit": 1}).json()
        assert exported == client.get("/v1/predictions", params=asked).json()["predictions"]


@pytest.mark.parametrize(
    ("query", "hint"),
    [({"finding": "pneumonia"}, "PNEUMONIA"), ({"model": "phantom"}, "phantoms")],
)
def test_names_that_nothing_has_are_refused_and_not_answered_by_an_empty_list(
    client: httpx.Client, query: dict[str, str], hint: str
) -> None:
    for route in ("/v1/predictions", "/v1/export"):
        answer = client.get(route, params=query)
        assert answer.status_code == 422
        assert hint in answer.json()["hint"]


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("operatingpoint=screening", "query.operatingpoint: there is no such parameter."),
        ("model=phantoms&model=phantoms", "query.model: it is given more than once"),
        *(
            (f"prevalence={given}", "query.prevalence: a share between 0 and 1 is expected")
            for given in ("2", "0", "ten", "nan")
        ),
    ],
)
def test_how_films_are_to_be_judged_is_understood_or_refused(
    client: httpx.Client, query: str, fault: str
) -> None:
    answer = client.post(f"/v1/predictions?{query}", files=[("films", ("film", drawn_film()))])
    assert answer.status_code == 422
    assert fault in answer.json()["detail"]


def test_openapi_tells_each_parameter_of_films(client: httpx.Client) -> None:
    told = client.get("/openapi.json").json()["paths"]["/v1/predictions"]["post"]["parameters"]
    assert {parameter["name"] for parameter in told} == set(PredictionQuery.model_fields)


def test_openapi_tells_what_films_may_be_and_that_there_may_be_bugs(client: httpx.Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    routes = [route for path in paths.values() for route in path.values()]
    assert all("500" in route["responses"] for route in routes)
    kinds = paths["/v1/predictions"]["post"]["requestBody"]["content"].keys()
    assert {"image/bmp", "image/webp"} < kinds
    hint = client.post("/v1/predictions", content=b"").json()["hint"]
    assert all(kind in hint for kind in kinds)


def test_films_are_called_at_the_operating_point_that_is_asked_for(client: httpx.Client) -> None:
    client.post("/v1/predictions", files=[("films", ("film", drawn_film()))])
    for route, more in (("/v1/predictions", {}), ("/v1/export", {"format": "json"})):
        asked = {"operating_point": "screening", **more}
        document = client.get(route, params=asked).json()
        records = document["predictions"] if isinstance(document, dict) else document
        points = {record["operating_point"] for record in records if record["status"] == "read"}
        assert points == {"screening"}
