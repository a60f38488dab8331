"""What commands share that take films of patients: how to tell whose they are."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click


def patient_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options `--patient-regex` and `--patients`, as one argument `patients`, a
    `PatientRule`."""

    @click.option(
        "--patient-regex",
        metavar="REGEX",
        help="Tell patients by the group of this regular expression in the paths of films, such as "
        "'patient([0-9]+)'  [default: by a table's column, DICOM tags, or names like Kermany's].",
    )
    @click.option(
        "--patients",
        type=click.Choice(["one-film-each"]),
        help="State that no two films are of one patient.",
    )
    @functools.wraps(command)
    def with_rule(
        *arguments: Any, patient_regex: str | None, patients: str | None, **settings: Any
    ) -> Any:
        from pneumoscope.data.patient_rules import PatientRule

        rule = PatientRule(patient_regex, one_film_each=patients is not None)
        return command(*arguments, patients=rule, **settings)

    return with_rule
