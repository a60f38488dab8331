"""What is written down while a file's values become gray levels."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Account:
    """How a film's values became gray levels.

    `steps` in their order, `notes` on what was passed over or put right, `warnings` on what may
    have been understood wrongly.
    """

    steps: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
