"""Films in, findings out, and what the history keeps of them, asked of a real service."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image
from prometheus_client.parser import text_string_to_metric_families

from drawn_films import drawn_film
from pneumoscope.imaging.reading import read_image
from pneumoscope.imaging.values import read_values
from pneumoscope.inference.finding import Findings
from pneumoscope.inference.predictor import Predictor
from served import serving

PREDICTIONS = "/v1/predictions"
PNG = {"content-type": "image/png"}


def send(client: httpx.Client, film: bytes, **query: Any) -> httpx.Response:
    return client.post(PREDICTIONS, content=film, headers=PNG, params=query)


def record(client: httpx.Client, film: bytes, **query: Any) -> dict[str, Any]:
    answer = send(client, film, **query)
    assert answer.status_code == 200, answer.text
    (only,) = answer.json()["films"]
    return only  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return Predictor.load("phantoms")


def test_the_answer_is_that_of_predict_and_more(client: httpx.Client, predictor: Predictor) -> None:
    film = drawn_film(1)
    answer = send(client, film, name="ward/a.png", operating_point="screening").json()

    finding = json.loads(json.dumps(predictor.predict(film).to_dict("screening")))
    expected = Findings(predictor.manifest, "screening").document()
    assert answer.keys() == expected.keys()
    assert {**answer, "films": []} == expected
    told = answer["films"][0]
    assert told.keys() >= finding.keys()
    for name in finding.keys() - {"film", "milliseconds", "probability", "probabilities"}:
        assert told[name] == finding[name], name
    assert told["probabilities"] == pytest.approx(finding["probabilities"], abs=1e-5)
    assert told["film"] == "a.png"
    assert (told["status"], told["from_history"], told["reviews"]) == ("read", False, [])


def test_a_name_is_answered_as_it_is_kept(client: httpx.Client) -> None:
    told = record(client, drawn_film(9), name="\0.png")
    assert told["film"] == client.get(f"{PREDICTIONS}/{told['id']}").json()["film"] == "\ufffd.png"


def test_films_that_are_turned_away_are_counted_as_such(client: httpx.Client) -> None:
    def refused() -> float:
        families = text_string_to_metric_families(client.get("/metrics").text)
        return sum(
            sample.value
            for family in families
            for sample in family.samples
            if sample.name == "pneumoscope_requests_total"
            and sample.labels == {"route": PREDICTIONS, "method": "POST", "status": "400"}
        )

    before = refused()
    assert client.post(PREDICTIONS, headers={"Host": "elsewhere"}).status_code == 400
    assert refused() == before + 1


def test_a_form_may_hold_several_films_and_broken_ones(client: httpx.Client) -> None:
    files = [
        ("films", ("one.png", drawn_film(2), "image/png")),
        ("films", ("broken.jpeg", b"no film", "image/jpeg")),
        ("other", ("two.dcm", drawn_film(3, "dicom"), "application/dicom")),
    ]
    answer = client.post(PREDICTIONS, files=files).json()
    assert [film["film"] for film in answer["films"]] == ["one.png", "two.dcm"]
    (broken,) = answer["unreadable"]
    assert broken["film"] == "broken.jpeg"
    assert broken["reason"].startswith("not a JPEG, PNG")
    assert client.get(f"{PREDICTIONS}/{broken['id']}").json()["reason"] == broken["reason"]


def test_where_no_film_can_be_read_the_answer_says_why(client: httpx.Client) -> None:
    answer = send(client, b"no film", name="letter.txt")
    problem = answer.json()
    assert answer.status_code == problem["status"] == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["type"] == "urn:pneumoscope:problem:film-unreadable"
    assert problem["detail"].startswith("letter.txt could not be read: not a JPEG")
    assert [film["film"] for film in problem["unreadable"]] == ["letter.txt"]


@pytest.mark.parametrize(
    ("body", "headers", "status", "kind"),
    [
        (b"{}", {"content-type": "application/json"}, 415, "media-type"),
        (b"", {}, 415, "media-type"),
        (b"", {"content-type": "text/plain"}, 415, "media-type"),
        (b"--x\r\n", {"content-type": "multipart/form-data; boundary=y"}, 400, "malformed-form"),
        (b"--y--\r\n", {"content-type": "multipart/form-data; boundary=y"}, 400, "no-film"),
        (b"", PNG, 422, "film-unreadable"),
        (gzip.compress(drawn_film()), PNG | {"content-encoding": "gzip"}, 415, "content-encoding"),
    ],
)
def test_bodies_that_are_no_films_are_refused(
    client: httpx.Client, body: bytes, headers: dict[str, str], status: int, kind: str
) -> None:
    answer = client.post(PREDICTIONS, content=body, headers=headers)
    assert answer.status_code == status
    assert answer.json()["type"].endswith(kind)
    assert answer.json()["hint"]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"model": "phantom"}, 404),
        ({"operating_point": "balance"}, 422),
        ({"prevalence": 1.5}, 422),
    ],
)
def test_questions_that_cannot_be_answered_are_refused(
    client: httpx.Client, query: dict[str, Any], status: int
) -> None:
    answer = send(client, drawn_film(4), **query)
    assert answer.status_code == status
    assert client.get(PREDICTIONS, params={"search": "never"}).json()["total"] == 0


def test_the_same_film_is_answered_from_the_history(client: httpx.Client) -> None:
    film = drawn_film(5)
    first = record(client, film, name="first.png")
    again = record(client, film, name="again.png", operating_point="screening")
    assert (again["id"], again["from_history"], again["film"]) == (first["id"], True, "again.png")
    assert again["operating_point"] == "screening"
    assert again["probabilities"] == first["probabilities"]
    assert client.get(f"{PREDICTIONS}/{first['id']}").json()["film"] == "first.png"


def test_an_answer_for_another_prevalence_is_another_record(client: httpx.Client) -> None:
    film = drawn_film(6)
    usual = record(client, film, name="film.png")
    rare = record(client, film, name="film.png", prevalence=0.1)
    assert (rare["id"] == usual["id"], rare["from_history"]) == (False, False)
    moved = Predictor.load("phantoms", prevalence=0.1).predict(film)
    assert rare["probabilities"] == pytest.approx(moved.probabilities, abs=1e-5)
    for one, query in ((rare, {"prevalence": 0.1}), (usual, {})):
        again = record(client, film, name="film.png", **query)
        assert again == one | {"from_history": True}
        # What was told is what the history tells.
        assert client.get(f"{PREDICTIONS}/{one['id']}").json() == again | {"from_history": False}


def test_an_answer_tells_what_has_to_be_known_of_its_model(client: httpx.Client) -> None:
    told = record(client, drawn_film(7))
    assert told["model_warnings"] == [
        "The model phantoms knows drawn films alone: what it says of a radiograph means nothing."
    ]


def test_a_record_can_be_called_at_another_operating_point(client: httpx.Client) -> None:
    sent = record(client, drawn_film(6, condition="virus"))
    path = f"{PREDICTIONS}/{sent['id']}"
    assert client.get(path).json() == sent
    other = client.get(path, params={"operating_point": "screening"}).json()
    assert other["threshold"] == other["operating_points"]["screening"][other["class_of_interest"]]
    assert other["probability"] == sent["probability"]
    assert client.get(path, params={"operating_point": "none"}).status_code == 422


def test_records_are_searched_and_come_in_pages(client: httpx.Client) -> None:
    names = [f"page-{number}.png" for number in range(5)]
    for number, name in enumerate(names):
        record(client, drawn_film(100 + number), name=name)
    seen, cursor = [], None
    while True:
        query = {"search": "PAGE-", "sort": "oldest", "limit": 2} | (
            {"cursor": cursor} if cursor else {}
        )
        page = client.get(PREDICTIONS, params=query).json()
        assert page["total"] == 5
        seen += [one["film"] for one in page["predictions"]]
        if (cursor := page["next"]) is None:
            break
    assert seen == names
    assert client.get(PREDICTIONS, params={"cursor": "x"}).status_code == 422
    assert client.get(PREDICTIONS, params={"sort": "size"}).status_code == 422


def test_reviews_are_kept_and_taken_back(client: httpx.Client) -> None:
    sent = record(client, drawn_film(7))
    path = f"{PREDICTIONS}/{sent['id']}"
    (other,) = set(sent["thresholds"]) - {sent["finding"]}
    # As a page of an earlier version says it.
    verdict = {"verdict": "disagree", "note": "a fold of skin", "reviewer": "A. Reader"}
    told = client.put(f"{path}/review", json=verdict).json()
    assert told["review"] == {
        **verdict,
        "reviewed_at": told["review"]["reviewed_at"],
        "opinion": other,
        "finding": sent["finding"],
        "operating_point": "balanced",
        "blind": False,
    }
    assert told == client.get(path).json()
    second = {"verdict": None, "opinion": sent["finding"], "reviewer": "B", "blind": True}
    both = client.put(f"{path}/review", json=second).json()
    assert [(one["reviewer"], one["verdict"], one["blind"]) for one in both["reviews"]] == [
        ("B", "agree", True),
        ("A. Reader", "disagree", False),
    ]
    assert both["review"] == both["reviews"][0]
    (found,) = client.get(PREDICTIONS, params={"verdict": "agree"}).json()["predictions"]
    assert found["reviews"] == both["reviews"]
    (row,) = csv.DictReader(io.StringIO(client.get("/v1/export?verdict=agree").text))
    assert [row[name] for name in ("reviewer", "opinion", "blind", "reviewed_finding")] == [
        *("B", sent["finding"], "True", sent["finding"])
    ]
    for reviewer, left in (("B", "A. Reader"), ("A. Reader", None)):
        gone = client.put(f"{path}/review", json={"verdict": None, "reviewer": reviewer}).json()
        assert (gone["review"] and gone["review"]["reviewer"]) == left
    assert client.get(path).json()["reviews"] == []
    assert client.put(f"{path}/review", json={"verdict": "maybe"}).status_code == 422
    assert client.put(f"{PREDICTIONS}/0/review", json={"verdict": None}).status_code == 404


def test_a_review_is_of_the_finding_at_the_operating_point_that_was_shown(
    client: httpx.Client,
) -> None:
    sent = record(client, drawn_film(12, condition="virus"))
    path = f"{PREDICTIONS}/{sent['id']}"
    shown = client.get(path, params={"operating_point": "screening"}).json()
    body = {"verdict": "agree", "operating_point": "screening"}
    review = client.put(f"{path}/review", json=body).json()["review"]
    assert (review["finding"], review["opinion"]) == (shown["finding"], shown["finding"])
    assert review["operating_point"] == "screening"
    for wrong in (
        {"verdict": "agree", "operating_point": "none"},
        {"verdict": None, "opinion": "FLU"},
        {"verdict": "unsure", "opinion": "NORMAL"},
        {"verdict": "disagree", "opinion": sent["finding"]},
    ):
        assert client.put(f"{path}/review", json=wrong).status_code == 422
    assert client.get(path).json()["review"] == review


def test_a_deleted_record_is_gone_with_its_film(client: httpx.Client) -> None:
    path = f"{PREDICTIONS}/{record(client, drawn_film(8))['id']}"
    assert client.get(f"{path}/film").status_code == 200
    assert client.delete(path).status_code == 204
    for gone in (path, f"{path}/film", f"{path}/heatmap"):
        assert client.get(gone).status_code == 404
    assert client.delete(path).status_code == 404


def opened(answer: httpx.Response) -> Image.Image:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["cache-control"] == "no-store"  # a film stays on nobody's disk
    return Image.open(io.BytesIO(answer.content))


@pytest.mark.parametrize("kind", ["dicom", "png"])
def test_values_come_with_their_gray_levels(client: httpx.Client, kind: str) -> None:
    film = drawn_film(9, kind)
    path = f"{PREDICTIONS}/{record(client, film)['id']}/values"
    for size in (None, 64):
        answer = client.get(path, params={} if size is None else {"size": size})
        assert answer.status_code == 200, answer.text
        start = 4 + int.from_bytes(answer.content[:4], "little")
        head = json.loads(answer.content[4:start])
        shape, levels = (head["height"], head["width"]), start + head["levels"]
        kind_of = {1: np.uint8, 2: np.dtype("<u2")}[head["bytes_a_value"]]
        values = np.frombuffer(answer.content, kind_of, offset=levels).reshape(shape)
        gray = np.frombuffer(answer.content, np.uint8, head["levels"], offset=start)
        if size is None:
            assert np.array_equal(gray[values], read_image(film).pixels)
            assert np.array_equal(values, read_values(film).values)
        else:
            assert max(shape) == size
            assert gray[values].mean() == pytest.approx(read_image(film).pixels.mean(), rel=0.03)


def test_pictures_show_the_film_and_its_heat(client: httpx.Client, predictor: Predictor) -> None:
    film = drawn_film(9, "dicom", "bacteria")
    sent = record(client, film)
    path = f"{PREDICTIONS}/{sent['id']}"
    pixels = read_image(film).pixels
    assert np.array_equal(np.asarray(opened(client.get(f"{path}/film"))), pixels)
    assert max(opened(client.get(f"{path}/film", params={"size": 64})).size) == 64

    deep = np.asarray(opened(client.get(f"{path}/film", params={"bits": 16})))
    assert deep.shape == pixels.shape
    assert deep.max() > 255
    small = np.asarray(opened(client.get(f"{path}/film", params={"bits": 16, "size": 64})))
    assert max(small.shape) == 64
    assert small.mean() == pytest.approx(deep.mean(), rel=0.01)

    heat = opened(client.get(f"{path}/heatmap"))
    assert (heat.mode, heat.size) == ("RGBA", (sent["width"], sent["height"]))
    evidence = predictor.predict(film).heatmap_for(sent["class_of_interest"])
    assert np.asarray(heat)[..., 3] == pytest.approx(255 * evidence, abs=1)
    assert opened(client.get(f"{path}/overlay")).mode == "RGB"
    assert client.get(f"{path}/heatmap", params={"class": "FLU"}).status_code == 422


def test_records_are_exported_as_csv_and_as_json(client: httpx.Client) -> None:
    for number in range(3):
        record(client, drawn_film(200 + number), name=f"=export-{number}.png")
    query = {"search": "export-", "sort": "name", "limit": 2}
    table = client.get("/v1/export", params=query)
    assert "attachment" in table.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert [row["film"] for row in rows] == [f"'=export-{number}.png" for number in range(3)]
    documents = client.get("/v1/export", params=query | {"format": "json"}).json()
    assert [one["finding"] for one in documents] == [row["finding"] for row in rows]
    assert documents[0] == client.get(f"{PREDICTIONS}/{documents[0]['id']}").json()
    assert client.get("/v1/export", params={"cursor": "x"}).status_code == 422


def test_models_tell_what_they_are(client: httpx.Client, predictor: Predictor) -> None:
    (model,) = client.get("/v1/models").json()
    assert (model["name"], model["default"]) == ("phantoms", True)
    details = client.get("/v1/model").json()
    assert details.items() >= model.items()
    assert "Intended use" in details["card"]
    assert details["manifest"]["operating_points"] == predictor.manifest.operating_points
    assert client.get("/v1/model", params={"model": "other"}).status_code == 404


def test_samples_can_be_read_as_they_are(client: httpx.Client) -> None:
    samples = client.get("/v1/samples").json()
    assert len({sample["name"] for sample in samples}) == len(samples) > 2
    for sample in samples:
        film = client.get(sample["url"])
        answer = client.post(
            PREDICTIONS,
            content=film.content,
            headers={"content-type": film.headers["content-type"]},
            params={"model": sample["model"], "name": sample["name"]},
        )
        assert answer.status_code == 200, answer.text
    assert client.get("/v1/samples/other").status_code == 404


@pytest.fixture(params=["none", "whole"])
def keeping(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, httpx.Client]]:
    options = ("--model", "phantoms", "--keep", request.param, "--no-look-up")
    with (
        serving(tmp_path, *options) as served,
        httpx.Client(base_url=served.url, timeout=60) as client,
    ):
        yield request.param, client


def test_of_films_is_kept_what_was_asked_for(
    keeping: tuple[str, httpx.Client], tmp_path: Path
) -> None:
    keep, client = keeping
    film = drawn_film(10)
    first, second = record(client, film), record(client, film)
    assert first["id"] != second["id"]  # it was judged again
    assert first["film_kept"] == keep
    kept = [path.read_bytes() for path in (tmp_path / "films").glob("??/*")]
    assert kept == ([film, film] if keep == "whole" else [])
    answer = client.get(f"{PREDICTIONS}/{first['id']}/film")
    assert answer.status_code == (200 if keep == "whole" else 404)
    assert client.get(f"{PREDICTIONS}/{first['id']}/heatmap").status_code == 200
    assert json.loads(client.get("/readyz").content)["status"] == "ok"


@pytest.mark.slow
def test_a_film_that_was_not_kept_is_judged_anew_where_films_are_kept(tmp_path: Path) -> None:
    film, ids = drawn_film(11), []
    for keep in ("none", "none", "stripped", "stripped", "none"):
        with (
            serving(tmp_path, "--model", "phantoms", "--keep", keep) as served,
            httpx.Client(base_url=served.url, timeout=60) as client,
        ):
            ids.append(record(client, film)["id"])
            kept = client.get(f"{PREDICTIONS}/{ids[-1]}/film").status_code
            assert kept == (404 if len(ids) < 3 else 200)
    unkept, kept_one = ids[0], ids[2]
    assert ids == [unkept, unkept, kept_one, kept_one, kept_one]
    assert unkept != kept_one
