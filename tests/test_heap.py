"""Large blocks that are freed leave the process, in a process of their own."""

import subprocess
import sys

from tests.conftest import ROOT

PROGRAM = """
import os
from pathlib import Path
from fizzog_core import heap

def used_mb():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6

if {fixed}:
    assert heap.return_large_blocks()
block = b"x" * (16 << 20)
del block
before = used_mb()
blocks = [b"x" * (2 << 20) for _ in range(50)]
pin = [b"x" * 600 for _ in range(20)]
blocks.append(b"x" * (2 << 20))
del blocks[:50]
print(used_mb() - before)
"""


def test_freed_blocks_leave_the_process() -> None:
    def left_mb(fixed: bool) -> float:
        command = [sys.executable, "-c", PROGRAM.format(fixed=fixed)]
        return float(subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout)

    assert left_mb(fixed=False) > 80, "the memory that glibc keeps on its own; else this test says nothing"
    assert left_mb(fixed=True) < 20
