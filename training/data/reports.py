"""The report of a prepare command: counts, checksums, refused rows with reasons, duplicates across splits."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from training.data.duplicates import Duplicates

SHOWN = 20
"""Largest number of refused rows that the text lists; the JSON lists all."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One row or file that was left out: ``where`` is "row 17" (the first row under the header is row 1) or a file."""

    where: str
    reason: str


@dataclass(slots=True)
class Report:
    """One run. ``inputs``: name and SHA-256 of each file, or of a folder's list of files; ``kept``: rows by split."""

    command: str
    inputs: dict[str, str] = field(default_factory=dict)
    kept: dict[str, int] = field(default_factory=dict)
    refused: list[Refusal] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    duplicates: Duplicates | None = None

    def count(self, split: Sequence[str], order: Sequence[str]) -> None:
        """Counts the kept rows per split. ``split``: of each kept row; ``order``: the names of all splits."""
        found = Counter(split)
        self.kept = {name: found[name] for name in order}

    def write(self, out: Path) -> None:
        """Write ``<out>.report.json`` and ``<out>.report.txt`` next to the data file ``out``."""
        out.parent.mkdir(parents=True, exist_ok=True)
        out.with_suffix(".report.json").write_text(json.dumps(self._as_json(), indent=1) + "\n", encoding="utf-8")
        out.with_suffix(".report.txt").write_text(self.as_text(), encoding="utf-8")

    def as_text(self) -> str:
        """The report in plain lines."""
        lines = [f"prepare {self.command}"]
        lines += [f"read {name}  SHA-256 {digest}" for name, digest in self.inputs.items()]
        counts = ", ".join(f"{name} {count:,}" for name, count in self.kept.items())
        lines.append(f"kept {sum(self.kept.values()):,} rows" + (f": {counts}" if counts else ""))
        lines.append(f"refused {len(self.refused):,}")
        lines += [f"  {refusal.where}: {refusal.reason}" for refusal in self.refused[:SHOWN]]
        if len(self.refused) > SHOWN:
            lines.append(f"  and {len(self.refused) - SHOWN:,} more, see the report's JSON")
        lines += self.notes
        if self.duplicates is not None:
            lines.append("duplicates across splits (rows of the first that are in the second, too)")
            lines += [
                f"  {o.later} in {o.earlier}: {o.exact:,} exact, {o.near:,} near" for o in self.duplicates.overlaps
            ] or ["  there is one split only"]
        return "\n".join(lines) + "\n"

    def _as_json(self) -> dict[str, object]:
        found = self.duplicates
        return {
            "command": self.command,
            "inputs": self.inputs,
            "kept": self.kept,
            "refused": [asdict(refusal) for refusal in self.refused],
            "notes": self.notes,
            "duplicates": None
            if found is None
            else {
                "overlaps": [asdict(overlap) for overlap in found.overlaps],
                "exact_rows": found.exact.tolist(),
                "near_rows": found.near.tolist(),
            },
        }
