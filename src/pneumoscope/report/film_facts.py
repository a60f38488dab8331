"""What the reports of an evaluation and of an assessment say of their films, at the top."""

from __future__ import annotations

from collections.abc import Mapping

from pneumoscope.wording import count_films, printable, shown_place


def film_facts(
    data: str, split: str | None, films: Mapping[str, int], whose: str, replicates: int
) -> list[tuple[str, str]]:
    """Terms and their explanations; `films` are the judged ones of each class, and `whose` says how
    many these are of how many patients."""
    counts = ", ".join(f"{count:,} {name}" for name, count in films.items())
    return [
        ("Data", printable(shown_place(data))),
        ("Split", split or "all films"),
        ("Films", counts),
        ("Patients", whose),
        ("Intervals", f"95 %, from {replicates:,} bootstrap replicates drawn by patient"),
    ]


def unreadable_caution(count: int) -> str:
    """That films were left out of all figures."""
    return f"{count_films(count)} could not be read and went into no figure."
