"""Memory and processor time of processes."""

from __future__ import annotations

import os
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


def processor_s(pids: list[int]) -> dict[int, float]:
    """Seconds of processor time that each process has used, threads included."""
    used = {}
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        used[pid] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return used


def busy_s() -> float:
    """Seconds that all cores of the machine have worked since its start, for whatever process."""
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    return sum(int(fields[place]) for place in (0, 1, 2, 5, 6)) / os.sysconf("SC_CLK_TCK")
