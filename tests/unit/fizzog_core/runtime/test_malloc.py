"""Tests, in separate processes, that freed memory returns to the operating system."""

import subprocess
import sys

import pytest

from tests.support.paths import ROOT

pytestmark = pytest.mark.slow

USED = """
import os
from pathlib import Path
from fizzog_core.runtime import malloc

def used_mb():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6
"""


BLOCKS = """
if {fixed}:
    assert malloc.configure()
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
        command = [sys.executable, "-c", USED + BLOCKS.format(fixed=fixed)]
        return float(subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout)

    assert left_mb(fixed=False) > 80, "the memory that glibc keeps on its own; else this test says nothing"
    assert left_mb(fixed=True) < 20


HEAPS = """
import ctypes
import threading
from fizzog_core.runtime import malloc

if {fixed}:
    assert malloc.configure()
together = threading.Barrier(6)
def hold():
    block = b"x" * 100_000
    together.wait()
threads = [threading.Thread(target=hold) for _ in range(6)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
library = ctypes.CDLL(None)
library.fopen.restype = ctypes.c_void_p
out = library.fopen(b"/dev/stdout", b"w")
library.malloc_info(0, ctypes.c_void_p(out))
library.fclose(ctypes.c_void_p(out))
"""


def test_new_threads_share_one_heap() -> None:
    def heaps(fixed: bool) -> int:
        command = [sys.executable, "-c", HEAPS.format(fixed=fixed)]
        return subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout.count("<heap nr=")

    assert heaps(fixed=False) > 1, "else this test says nothing"
    assert heaps(fixed=True) == 1


FREED = """
malloc.configure()
blocks = [b"x" * 10_000 for _ in range(10_000)]
before = used_mb()
blocks = blocks[::1000]
if {given_back}:
    malloc.trim()
print(before - used_mb())
"""


def test_free_memory_between_used_blocks_returns_to_the_system() -> None:
    def given_mb(given_back: bool) -> float:
        command = [sys.executable, "-c", USED + FREED.format(given_back=given_back)]
        return float(subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout)

    assert given_mb(given_back=False) < 20, "else this test says nothing"
    assert given_mb(given_back=True) > 80
