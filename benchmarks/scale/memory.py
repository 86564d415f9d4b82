"""Memory of processes that share pages."""

from __future__ import annotations

from pathlib import Path


def descendants(pid: int) -> list[int]:
    """The processes that ``pid`` has started, and theirs."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
        children.setdefault(parent, []).append(int(folder.name))
    found = children.get(pid, [])
    for child in found:
        found.extend(children.get(child, []))
    return found


def memory_mb(pids: list[int]) -> dict[str, float]:
    """Proportional (``Pss``: shared pages are divided among their processes) and resident memory."""
    total = {"Pss:": 0, "Rss:": 0}
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except (FileNotFoundError, ProcessLookupError):
            continue
        for line in lines:
            name, *value = line.split()
            if name in total:
                total[name] += int(value[0]) * 1024
    return {"peak_memory_mb": total["Pss:"] / 1e6, "peak_resident_mb": total["Rss:"] / 1e6}
