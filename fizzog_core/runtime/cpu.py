"""Number of CPU cores that this process may use."""

from __future__ import annotations

import os
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")
"""Where Linux mounts the control groups; inside a container this is the container's own group."""


def available_cores(cgroup: Path = CGROUP) -> int:
    """Cores that the process may use, at least 1: the CPU affinity, limited by the CPU quota of cgroup v2 or v1.

    A quota of 1.5 cores counts as 2: Python threads that wait leave the rest of a core to the others.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = _quota(cgroup)
    return cores if quota is None else max(1, min(cores, -int(-quota // 1)))


def _quota(cgroup: Path) -> float | None:
    """The cgroup's CPU quota in cores; None without a limit or without cgroups."""
    try:
        if (cgroup / "cpu.max").is_file():  # version 2: "max 100000" or "150000 100000"
            limit, period = (cgroup / "cpu.max").read_text(encoding="utf-8").split()
        else:
            limit = (cgroup / "cpu" / "cpu.cfs_quota_us").read_text(encoding="utf-8")  # version 1: -1 without a limit
            period = (cgroup / "cpu" / "cpu.cfs_period_us").read_text(encoding="utf-8")
        quota = float(limit) / float(period)
    except (OSError, ValueError, ZeroDivisionError):  # "max" is no number
        return None
    return quota if quota > 0 else None
