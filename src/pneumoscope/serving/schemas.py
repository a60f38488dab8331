"""The shapes of requests and answers, as OpenAPI tells them. `docs/finding.md` explains fields."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from pneumoscope.history.reviews import Verdict


class _Shape(BaseModel):
    # Names may begin with `model_`, which pydantic would keep for itself.
    model_config = ConfigDict(extra="allow", protected_namespaces=())


class Problem(_Shape):
    """What went wrong (RFC 9457)."""

    type: str = Field(examples=["urn:pneumoscope:problem:film-unreadable"])
    title: str
    status: int
    detail: str = Field(description="What happened, and what was expected.")
    hint: str = Field(description="What to do next.")
    request_id: str
    error: str = Field(description="Both, for clients of the Open Inference Protocol.")


class ModelName(_Shape):
    """Which model answered."""

    name: str = Field(examples=["mobilenetv2-pediatric"])
    graph_sha256: str


class Review(_Shape):
    """What a person thinks of a finding."""

    verdict: Verdict
    note: str
    reviewer: str
    reviewed_at: str
    opinion: str | None = Field(description="The class that the reviewer sees, where it is known.")
    finding: str | None = Field(description="The class called when it was reviewed.")
    operating_point: str | None = Field(description="At which it was called.")
    blind: bool = Field(description="Whether the reviewer had not seen the answer.")


class ReviewRequest(BaseModel):
    """What a person thinks of a finding. Without a verdict it follows from the opinion; neither
    takes back what this reviewer said."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"verdict": "agree", "note": "", "reviewer": "A. Reader"}]},
    )

    verdict: Verdict | None
    opinion: str | None = Field(
        None,
        max_length=200,
        description="The class that the reviewer sees; without it, the class called where the "
        "verdict is agree, and the other one of two where it is disagree.",
    )
    note: str = Field("", max_length=10_000)
    reviewer: str = Field("", max_length=200, description="Heeded where there are no tokens.")
    operating_point: str | None = Field(
        None,
        max_length=200,
        description="At which the finding was called that is reviewed; without it, that of the "
        "judgement.",
    )
    blind: bool = Field(False, description="Whether the reviewer had not seen the answer.")


class _Sent(_Shape):
    """A film that was sent."""

    id: str
    created_at: str = Field(description="UTC, ISO 8601.")
    film: str = Field(description="Its name, as it was sent.")
    sha256: str = Field(description="Of the bytes of its file.")
    film_kept: Literal["none", "stripped", "whole"]
    client: str
    review: Review | None = Field(description="The latest one.")
    reviews: list[Review] = Field(description="One of each reviewer, the latest first.")


class ReadFilm(_Sent):
    """A film that was read, and what was found."""

    status: Literal["read"]
    model: ModelName
    operating_point: str
    thresholds: dict[str, float]
    operating_points: dict[str, dict[str, float]]
    normal_class: str | None
    prevalence: float | None
    model_warnings: list[str]
    finding: str = Field(description="The class called.")
    class_of_interest: str
    probability: float
    threshold: float
    probabilities: dict[str, float]
    height: int
    width: int
    tags: dict[str, Any]
    milliseconds: dict[str, float]
    from_history: bool = Field(description="The same film with the same model was judged before.")


class UnreadableFilm(_Sent):
    """A film that could not be read, and why."""

    status: Literal["unreadable"]
    reason: str


Record = Annotated[ReadFilm | UnreadableFilm, Field(discriminator="status")]
"""What came of a film that was sent."""


class Findings(_Shape):
    """The answer to films that were sent: the document of `pneumoscope predict --json`."""

    schema_version: int
    model: ModelName
    operating_point: str
    thresholds: dict[str, float]
    normal_class: str | None
    prevalence: float | None
    warnings: list[str]
    films: list[ReadFilm]
    unreadable: list[UnreadableFilm]
    folder_notes: list[dict[str, Any]]
    notice: str


class RecordPage(_Shape):
    """Some of the records that fit, and how to get the next ones."""

    predictions: list[Record]
    next: str | None = Field(description="The `cursor` of the next page; null on the last one.")
    total: int


class Interval(_Shape):
    """A figure with its 95 % confidence interval."""

    value: float
    low: float
    high: float


class PointSummary(_Shape):
    """How often a model is right at an operating point."""

    confusion: dict[str, dict[str, int]] = Field(
        description="Films by the class that was seen and then the class called."
    )
    sensitivity: Interval | None
    specificity: Interval | None
    agreement: Interval | None = Field(description="The share of films that are called as seen.")


class BlindSummary(_Shape):
    """Films whose reviewers had not seen the answer."""

    films: int
    agreement: Interval | None
    kappa: Interval | None


class ReviewerSummary(_Shape):
    """How much a person has reviewed."""

    reviewer: str
    films: int
    decided: int


class BetweenReviewers(_Shape):
    """Films of which two reviewers have an opinion."""

    films: int
    kappa: Interval | None


class ReviewSummary(_Shape):
    """What reviews say of a model, where the latest opinion is taken for the truth."""

    model: ModelName
    reviewed: int
    decided: int = Field(description="Films of which a reviewer has an opinion.")
    classes: list[str]
    normal_class: str | None
    points: dict[str, PointSummary]
    blind: BlindSummary
    reviewers: list[ReviewerSummary]
    between_reviewers: BetweenReviewers


class Model(_Shape):
    """A model that the service answers with."""

    name: str
    graph_sha256: str
    default: bool
    class_names: list[str]
    normal_class: str | None
    operating_points: dict[str, dict[str, float]]
    prevalence: float | None
    warnings: list[str]


class ModelDetails(Model):
    """A model with its manifest and its card."""

    manifest: dict[str, Any]
    card: str = Field(description="What a person must know of the model, as plain text.")


class Session(_Shape):
    """Whether the page has to sign in, and as whom it has."""

    auth_required: bool
    client: str | None
    csrf: str | None = Field(description="To be sent as X-CSRF-Token by what changes something.")


class SignIn(BaseModel):
    """A token, to be exchanged for the cookie of a session."""

    model_config = ConfigDict(extra="forbid")

    token: str = Field(max_length=200)


class Sample(_Shape):
    """A drawn film to try the service with; `model` reads it."""

    name: str
    url: str
    model: str


class Health(_Shape):
    """Whether the service is well. `model_failures`, of `/readyz` alone, names the models whose
    changed files were not taken; the log says why."""

    status: str
    model_failures: list[str] = []
