"""Jobs in worker processes: what a job does to its process ends this job only."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import wait
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.waiting import wait_for
from fizzog_core.errors import CancelledJobError, FizzogError, PictureError, QueueFullError, WorkerError
from fizzog_core.runtime import worker_job, worker_pool
from fizzog_core.runtime.worker_job import Place
from fizzog_core.runtime.worker_pool import WorkerPool
from fizzog_core.runtime.worker_process import WorkerLimits
from tests.support import worker_jobs
from tests.support.paths import ROOT
from tests.support.processes import is_alive

LIMITS = WorkerLimits(job_s=60, memory_bytes=400_000_000, file_bytes=1000)
RESULT_S = 60


@pytest.fixture
def open_pool() -> Iterator[Callable[..., WorkerPool]]:
    pools = []

    def make(size: int = 1, limits: WorkerLimits = LIMITS, waiting: int = 10) -> WorkerPool:
        pools.append(WorkerPool(size, limits, waiting))
        return pools[-1]

    yield make
    for pool in pools:
        pool.close()


def process_of(folder: Path, name: str = "a") -> int:
    """The process that runs ``worker_jobs.stay``, once it runs."""
    wait_for((folder / f"{name}.pid").exists, RESULT_S, "the job did not begin")
    return int((folder / f"{name}.pid").read_text(encoding="utf-8"))


def test_jobs_run_in_one_other_process(open_pool: Callable[..., WorkerPool]) -> None:
    pool = open_pool()
    first, second = (pool.submit(worker_jobs.pid).future.result(RESULT_S) for _ in range(2))
    assert first == second != os.getpid()


def test_the_parent_comes_first(open_pool: Callable[..., WorkerPool]) -> None:
    niceness, oom_score = worker_jobs.priorities(None)
    worker_niceness, worker_oom_score = open_pool().submit(worker_jobs.priorities).future.result(RESULT_S)
    assert worker_niceness > niceness
    assert worker_oom_score > oom_score


def test_progress_and_result(open_pool: Callable[..., WorkerPool]) -> None:
    job = open_pool().submit(worker_jobs.count, 3)
    assert job.future.result(RESULT_S) == 3
    assert job.progress == 2


@pytest.mark.parametrize(
    ("function", "arguments", "error", "sentence"),
    [
        (worker_jobs.die, (), WorkerError, "ended unexpectedly"),
        (worker_jobs.crash, (), WorkerError, "ended unexpectedly"),
        (worker_jobs.refuse, (), PictureError, "no picture"),
        (worker_jobs.fail, (), WorkerError, "The analysis failed on this file"),
        (worker_jobs.allocate, (500,), WorkerError, "not enough memory"),
        (lambda report: None, (), WorkerError, "cannot be exchanged"),
    ],
)
def test_a_fault_ends_its_job_in_a_sentence_and_no_other(
    function: Callable, arguments: tuple, error: type[FizzogError], sentence: str, open_pool: Callable[..., WorkerPool]
) -> None:
    pool = open_pool()
    with pytest.raises(error, match=sentence):
        pool.submit(function, *arguments).future.result(RESULT_S)
    assert pool.submit(worker_jobs.count, 1).future.result(RESULT_S) == 1


def test_the_log_comes_from_the_parent(open_pool: Callable[..., WorkerPool], capfd: pytest.CaptureFixture[str]) -> None:
    """So the limit on file sizes does not hold for a log file, and native libraries add nothing to it."""
    pool = open_pool(limits=replace(LIMITS, file_bytes=0))
    with pytest.raises(WorkerError):
        pool.submit(worker_jobs.write_to_standard_error).future.result(RESULT_S)
    log = capfd.readouterr().err
    assert "a job failed" in log
    assert "native" not in log


def test_a_job_within_the_memory_limit(open_pool: Callable[..., WorkerPool]) -> None:
    assert open_pool().submit(worker_jobs.allocate, 200).future.result(RESULT_S) == 1


def test_a_job_writes_no_larger_file(open_pool: Callable[..., WorkerPool], tmp_path: Path) -> None:
    pool = open_pool()
    pool.submit(worker_jobs.write, str(tmp_path / "small"), 1000).future.result(RESULT_S)
    with pytest.raises(WorkerError):
        pool.submit(worker_jobs.write, str(tmp_path / "large"), 1001).future.result(RESULT_S)
    assert (tmp_path / "large").stat().st_size <= 1000


def test_a_killed_process_loses_its_job_only(open_pool: Callable[..., WorkerPool], tmp_path: Path) -> None:
    pool = open_pool(size=2)
    killed, other = (pool.submit(worker_jobs.stay, str(tmp_path), name) for name in "ab")
    waiting = pool.submit(worker_jobs.stay, str(tmp_path), "c")
    process_of(tmp_path, "b")
    os.kill(process_of(tmp_path, "a"), signal.SIGKILL)
    with pytest.raises(WorkerError, match="ended unexpectedly"):
        killed.future.result(RESULT_S)
    (tmp_path / "go").touch()
    assert [job.future.result(RESULT_S) for job in (other, waiting)] == ["b", "c"]


def test_a_process_that_dies_without_a_job_loses_none(open_pool: Callable[..., WorkerPool]) -> None:
    pool = open_pool()
    first = pool.submit(worker_jobs.pid).future.result(RESULT_S)
    os.kill(first, signal.SIGKILL)
    assert pool.submit(worker_jobs.pid).future.result(RESULT_S) != first


def test_a_job_that_takes_too_long_is_ended(open_pool: Callable[..., WorkerPool], tmp_path: Path) -> None:
    pool = open_pool(limits=replace(LIMITS, job_s=0.5))
    with pytest.raises(WorkerError, match=r"longer than 0\.5 s"):
        pool.submit(worker_jobs.stay, str(tmp_path)).future.result(RESULT_S)
    wait_for(lambda: not list(tmp_path.glob("*.pid")) or not is_alive(process_of(tmp_path)), RESULT_S)


def test_cancelled_jobs_end_whether_they_wait_or_run(open_pool: Callable[..., WorkerPool], tmp_path: Path) -> None:
    pool = open_pool()
    running, waiting = (pool.submit(worker_jobs.stay, str(tmp_path), name) for name in "ab")
    process = process_of(tmp_path)
    waiting.cancel()
    assert pool.place(running) == Place(0, None)
    with pytest.raises(CancelledJobError):
        waiting.future.result(0)
    running.cancel()
    with pytest.raises(CancelledJobError):
        running.future.result(RESULT_S)
    assert not is_alive(process)
    assert not (tmp_path / "b.pid").exists()


def test_a_job_whose_client_has_left_is_ended(
    open_pool: Callable[..., WorkerPool], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = open_pool()
    running, waiting = (pool.submit(worker_jobs.stay, str(tmp_path), name) for name in "ab")
    process_of(tmp_path)
    pool.place(running)
    assert pool.place(waiting).position == 1
    monkeypatch.setattr(worker_job, "ABANDONED_S", 0.0)
    for job in (running, waiting):
        with pytest.raises(CancelledJobError):
            job.future.result(RESULT_S)
    assert not (tmp_path / "b.pid").exists()


def test_places_in_the_queue(open_pool: Callable[..., WorkerPool], tmp_path: Path) -> None:
    pool = open_pool(waiting=2)
    (tmp_path / "go").touch()
    pool.submit(worker_jobs.stay, str(tmp_path)).future.result(RESULT_S)  # now its time is known
    (tmp_path / "go").unlink()
    (tmp_path / "a.pid").unlink()
    jobs = [pool.submit(worker_jobs.stay, str(tmp_path))]
    process_of(tmp_path)
    jobs += [pool.submit(worker_jobs.stay, str(tmp_path)) for _ in range(2)]
    places = [pool.place(job) for job in jobs]
    assert [place.position for place in places] == [0, 1, 2]
    left = [place.left_s for place in places if place.left_s is not None]
    assert len(left) == 3
    assert left == sorted(left)
    with pytest.raises(QueueFullError, match="2 files wait"):
        pool.submit(worker_jobs.pid)
    (tmp_path / "go").touch()
    assert [job.future.result(RESULT_S) for job in jobs] == ["a"] * 3


def test_clients_take_turns(open_pool: Callable[..., WorkerPool], tmp_path: Path) -> None:
    """An address with many visits does not keep the places from another one that comes later."""
    pool = open_pool()
    jobs = {name: pool.submit(worker_jobs.stay, str(tmp_path), name, client=name[0]) for name in ("a1", "a2", "a3")}
    process_of(tmp_path, "a1")
    jobs["b1"] = pool.submit(worker_jobs.stay, str(tmp_path), "b1", client="b")
    assert [pool.place(job).position for job in jobs.values()] == [0, 2, 3, 1]
    (tmp_path / "go").touch()
    assert [job.future.result(RESULT_S) for job in jobs.values()] == list(jobs)
    begun = sorted(jobs, key=lambda name: (tmp_path / f"{name}.pid").stat().st_mtime_ns)
    assert begun == ["a1", "b1", "a2", "a3"]


def test_a_turn_ends_while_others_wait(open_pool: Callable[..., WorkerPool], tmp_path: Path) -> None:
    pool = open_pool(limits=replace(LIMITS, turn_s=0.5))
    first = pool.submit(worker_jobs.stay_for_a_turn, str(tmp_path), "a")
    with pytest.raises(TimeoutError):
        first.future.result(1.0)
    second = pool.submit(worker_jobs.stay_for_a_turn, str(tmp_path), "b")
    assert first.future.result(RESULT_S) == "a, in part"
    wait_for((tmp_path / "b.pid").exists, RESULT_S, "the job did not begin")
    assert not wait([second.future], 1.0).done, "nobody waits for this one"
    (tmp_path / "go").touch()
    assert second.future.result(RESULT_S) == "b"


def test_the_end_of_a_turn_does_not_reach_the_next_job(open_pool: Callable[..., WorkerPool], tmp_path: Path) -> None:
    """Nor does it disturb a job that takes no notice of it."""
    pool = open_pool(limits=replace(LIMITS, turn_s=0.0))
    (tmp_path / "go").touch()
    jobs = [pool.submit(worker_jobs.stay, str(tmp_path), str(number)) for number in range(3)]
    last = pool.submit(worker_jobs.stay_for_a_turn, str(tmp_path), "last")
    assert [job.future.result(RESULT_S) for job in (*jobs, last)] == ["0", "1", "2", "last"]


def test_a_full_queue_has_room_for_another_client(open_pool: Callable[..., WorkerPool], tmp_path: Path) -> None:
    pool = open_pool(waiting=3)
    jobs = [pool.submit(worker_jobs.stay, str(tmp_path), "a", client="a")]
    process_of(tmp_path)
    jobs += [pool.submit(worker_jobs.stay, str(tmp_path), str(number), client="a") for number in range(3)]
    pool.submit(worker_jobs.pid, client="b")
    with pytest.raises(QueueFullError, match="3 files wait, 3 of them from your network"):
        jobs[-1].future.result(0)
    with pytest.raises(QueueFullError, match="3 files wait, 2 of them from your network"):
        pool.submit(worker_jobs.pid, client="a")


def test_a_closed_pool_has_ended_its_jobs(open_pool: Callable[..., WorkerPool], tmp_path: Path) -> None:
    pool = open_pool()
    jobs = [pool.submit(worker_jobs.stay, str(tmp_path)) for _ in range(2)]
    process = process_of(tmp_path)
    pool.close()
    for job in jobs:
        with pytest.raises(CancelledJobError):
            job.future.result(0)
    assert not is_alive(process)
    with pytest.raises(CancelledJobError, match="shutting down"):
        pool.submit(worker_jobs.pid)


def test_an_idle_process_ends(open_pool: Callable[..., WorkerPool], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_pool, "IDLE_S", 0.05)
    process = open_pool().submit(worker_jobs.pid).future.result(RESULT_S)
    wait_for(lambda: not is_alive(process), RESULT_S, "the process still runs")


LIMITED_PARENT = """
import resource
from fizzog_core.runtime.worker_pool import WorkerPool
from fizzog_core.runtime.worker_process import WorkerLimits
from tests.support import worker_jobs
resource.setrlimit(resource.RLIMIT_FSIZE, (500, 500))
pool = WorkerPool(1, WorkerLimits(job_s=60, memory_bytes=10**9, file_bytes=1000), 10)
print(pool.submit(worker_jobs.count, 3).future.result(60))
"""


@pytest.mark.slow
def test_a_stricter_limit_of_the_parent_stays() -> None:
    answer = subprocess.run([sys.executable, "-c", LIMITED_PARENT], cwd=ROOT, capture_output=True, check=True)
    assert answer.stdout == b"3\n"


PARENT = """
import sys
from fizzog_core.runtime.worker_pool import WorkerPool
from fizzog_core.runtime.worker_process import WorkerLimits
from tests.support import worker_jobs
pool = WorkerPool(1, WorkerLimits(job_s=60, memory_bytes=10**9, file_bytes=1000), 10)
pool.submit(worker_jobs.stay, sys.argv[1]).future.result()
"""


@pytest.mark.slow
def test_a_process_ends_with_its_parent(tmp_path: Path) -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path)], cwd=ROOT)
    process = process_of(tmp_path)
    parent.kill()
    parent.wait()
    wait_for(lambda: not is_alive(process), RESULT_S, "the process still runs")
