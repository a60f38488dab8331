"""The report of an audit: what is wrong with a collection of films, and the films concerned."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pneumoscope.data.audit import Audit
from pneumoscope.report.acquisition_section import acquisition_section
from pneumoscope.report.copies import FINGERPRINT_BITS, copies_to_show, count_groups
from pneumoscope.report.data_parts import counts_part, findings_part, samples_part, shortcuts_part
from pneumoscope.report.frame import Section, write_report
from pneumoscope.report.html import render_part
from pneumoscope.report.outliers import outliers_to_show
from pneumoscope.wording import count_films, counted, printable

_STATUS = {
    "clean": "no errors",
    "unreadable": "some films cannot be read",
    "leaks": "films or patients lie where they must not, in several splits or classes",
}


def write_audit_report(audit: Audit, folder: Path) -> Path:
    """Write `report.html` and `figures/` into a folder; return the page's path.

    Films are read again for their pictures. Raises `PneumoscopeError` where a file cannot be
    written.
    """
    document = audit.to_dict()
    counts, plot = counts_part(audit.table)
    sections = [
        Section("findings", "Findings", findings_part(document["findings"])),
        Section("films", "Films, patients and splits", counts, (plot,)),
    ]
    if groups := count_groups(audit):
        body = render_part(
            "data/copies.html.j2",
            copies=copies_to_show(audit),
            groups=groups,
            all_bits=FINGERPRINT_BITS,
        )
        sections.append(Section("copies", "Copies side by side", body))
    if outliers := outliers_to_show(audit):
        body = render_part("data/outliers.html.j2", outliers=outliers)
        sections.append(Section("outliers", "Films that stand out", body))
    if audit.probes:
        body = shortcuts_part(document["shortcuts"], audit.table.class_names)
        sections.append(Section("shortcuts", "Shortcuts", body))
    if groups_shown := acquisition_section(audit):
        sections.append(groups_shown)
    if audit.measures:
        body = render_part(
            "data/sizes.html.j2", ranges=document["ranges"], formats=document["formats"]
        )
        sections.append(Section("sizes", "Sizes and formats", body))
        sections.append(Section("samples", "Samples", samples_part(audit.table)))
    name = printable(audit.table.root.resolve().name)
    return write_report(folder, sections, title=f"Audit of {name}", facts=_facts(audit, document))


def _facts(audit: Audit, document: dict[str, Any]) -> list[tuple[str, str]]:
    severities = [finding.severity for finding in audit.findings]
    found = [
        counted(severities.count(severity), severity)
        for severity in ("error", "warning", "note")
        if severity in severities
    ]
    return [
        ("Result", _STATUS[audit.status]),
        ("Findings", ", ".join(found) or "none"),
        ("Films", f"{count_films(document['films'])}, {document['readable']:,} of them readable"),
        ("Patients", audit.table.patients().sentence()),
    ]
