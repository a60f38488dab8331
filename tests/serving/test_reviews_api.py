"""What reviews say of a model, asked of a real service."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from sklearn.metrics import cohen_kappa_score

from drawn_films import drawn_film
from pneumoscope.metrics.agreement import counted_share

SUMMARY = "/v1/reviews/summary"


def send(client: httpx.Client, seed: int) -> dict[str, Any]:
    condition = ("normal", "bacteria")[seed % 2]
    answer = client.post(
        "/v1/predictions",
        content=drawn_film(seed, condition=condition),  # type: ignore[arg-type]
        headers={"content-type": "image/png"},
    )
    return answer.json()["films"][0]  # type: ignore[no-any-return]


def review(client: httpx.Client, film: dict[str, Any], **body: Any) -> None:
    answer = client.put(f"/v1/predictions/{film['id']}/review", json={"verdict": None, **body})
    assert answer.status_code == 200, answer.text


def test_without_reviews_nothing_is_known(client: httpx.Client) -> None:
    told = client.get(SUMMARY).json()
    assert (told["reviewed"], told["decided"], told["reviewers"]) == (0, 0, [])
    assert told["blind"] == {"films": 0, "agreement": None, "kappa": None}
    assert told["between_reviewers"] == {"films": 0, "kappa": None}
    for point in told["points"].values():
        assert {point[name] for name in ("sensitivity", "specificity", "agreement")} == {None}
    assert client.get(SUMMARY, params={"model": "none"}).status_code == 404


def test_opinions_are_the_truth_that_calls_are_counted_by(client: httpx.Client) -> None:
    films = [send(client, seed) for seed in range(12)]
    truth = ["NORMAL", "PNEUMONIA"] * 6
    truth[3] = "NORMAL"
    for film, seen in zip(films, truth, strict=True):
        review(client, film, opinion=seen, reviewer="B", blind=True)
    other = [*truth[:5], "NORMAL" if truth[5] == "PNEUMONIA" else "PNEUMONIA"]
    for film, seen in zip(films, other, strict=False):
        review(client, film, opinion=seen, reviewer="A")
    review(client, films[11], verdict="unsure", reviewer="A")
    review(client, send(client, 50), verdict="unsure", reviewer="C")
    latest = [*other, *truth[6:]]

    told = client.get(SUMMARY, params={"model": "phantoms"}).json()
    assert (told["reviewed"], told["decided"]) == (13, 12)
    assert told["classes"] == ["NORMAL", "PNEUMONIA"]
    assert told["normal_class"] == "NORMAL"
    for point, of_point in told["points"].items():
        asked = {"operating_point": point, "sort": "oldest"}
        listed = client.get("/v1/predictions", params=asked).json()["predictions"]
        called = [film["finding"] for film in listed[:12]]
        counts = of_point["confusion"]
        for row in told["classes"]:
            for column in told["classes"]:
                pairs = zip(latest, called, strict=True)
                assert counts[row][column] == sum(pair == (row, column) for pair in pairs)
        right = sum(counts[name][name] for name in told["classes"])
        assert of_point["agreement"]["value"] == pytest.approx(right / 12)
        ill = counts["PNEUMONIA"]
        share = counted_share(ill["PNEUMONIA"], sum(ill.values()))
        assert of_point["sensitivity"] == pytest.approx(
            {"value": share.value, "low": share.low, "high": share.high}
        )
    assert told["blind"]["films"] == 12
    balanced = [film["finding"] for film in films]
    assert told["blind"]["kappa"]["value"] == pytest.approx(cohen_kappa_score(truth, balanced))
    assert told["between_reviewers"]["films"] == 6
    assert told["between_reviewers"]["kappa"]["value"] == pytest.approx(
        cohen_kappa_score(other, truth[:6])
    )
    assert told["reviewers"] == [
        {"reviewer": "B", "films": 12, "decided": 12},
        {"reviewer": "A", "films": 7, "decided": 6},
        {"reviewer": "C", "films": 1, "decided": 0},
    ]
