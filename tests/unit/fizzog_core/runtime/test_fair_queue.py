"""The order of waiting jobs, their places, and what happens in a full queue. Time is a number here."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from fizzog_core.errors import QueueFullError
from fizzog_core.runtime import fair_queue
from fizzog_core.runtime.fair_queue import FairQueue
from fizzog_core.runtime.worker_job import Job, Place
from fizzog_core.runtime.worker_process import WorkerLimits
from tests.support import worker_jobs

LIMITS = WorkerLimits(job_s=300.0, memory_bytes=0)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def queue_of(
    clock: Clock, clients: str, places: int = 1, capacity: int = 10, limits: WorkerLimits = LIMITS
) -> tuple[FairQueue, list[Job[int]]]:
    """A queue with a waiting job for each letter of ``clients``."""
    queue = FairQueue(places, capacity, limits, clock)
    jobs = [Job(worker_jobs.count, (number,), client) for number, client in enumerate(clients)]
    for job in jobs:
        queue.join(job)
    return queue, jobs


def run(queue: FairQueue, clock: Clock, seconds: float) -> Job[int]:
    """Runs the next job of the queue for ``seconds``."""
    job = queue.begin()
    clock.now += seconds
    queue.end(job, has_result=True)
    return job


def order(queue: FairQueue, clock: Clock, seconds: float = 1.0) -> str:
    """The clients of all waiting jobs, in the order in which they run."""
    return "".join(str(run(queue, clock, seconds).client) for _ in range(len(queue.waiting)))


@pytest.mark.parametrize(
    ("clients", "expected"),
    [("", ""), ("a", "a"), ("aaa", "aaa"), ("abc", "abc"), ("aaab", "abaa"), ("aabbc", "abcab"), ("baab", "baba")],
)
def test_clients_take_turns(clients: str, expected: str, clock: Clock) -> None:
    assert order(queue_of(clock, clients)[0], clock) == expected


def test_jobs_of_one_client_run_in_their_order(clock: Clock) -> None:
    queue, jobs = queue_of(clock, "aba")
    assert [run(queue, clock, 1.0) for _ in jobs] == jobs


def test_a_client_with_little_work_overtakes_one_with_much(clock: Clock) -> None:
    queue, _ = queue_of(clock, "ab")
    assert run(queue, clock, 300.0).client == "a"
    assert run(queue, clock, 5.0).client == "b"
    for client in "aab":
        queue.join(Job(worker_jobs.count, (0,), client))
    assert queue.begin().client == "b"


def test_the_time_of_running_jobs_counts(clock: Clock) -> None:
    queue, _ = queue_of(clock, "aab", places=2)
    assert queue.begin().client == "a"
    assert queue.begin().client == "b", "each client has one of the two places, although b came last"


def test_with_equal_numbers_of_running_jobs_the_least_work_counts(clock: Clock) -> None:
    queue, _ = queue_of(clock, "ab", places=3)
    assert queue.begin().client == "a"
    clock.now += 50.0
    queue.begin()
    clock.now += 1.0
    for client in "ab":
        queue.join(Job(worker_jobs.count, (0,), client))
    assert queue.begin().client == "b"


def test_work_is_forgotten_with_time(clock: Clock) -> None:
    queue, _ = queue_of(clock, "ab")
    run(queue, clock, 100.0)
    clock.now += 10 * fair_queue.HALVED_S  # a tenth of a second counts
    run(queue, clock, 5.0)
    for client in "ba":
        queue.join(Job(worker_jobs.count, (0,), client))
    assert order(queue, clock) == "ab"


def test_no_client_is_kept_in_memory_without_work(clock: Clock) -> None:
    queue, _ = queue_of(clock, "a")
    run(queue, clock, LIMITS.job_s)
    clock.now += 13 * fair_queue.HALVED_S
    queue.join(Job(worker_jobs.count, (0,), "b"))
    run(queue, clock, fair_queue.FORGOTTEN_S / 2)
    assert not queue._done


def test_places_are_the_order(clock: Clock) -> None:
    queue, _ = queue_of(clock, "c")
    run(queue, clock, 4.0)
    for client in "xaaabb":
        queue.join(Job(worker_jobs.count, (0,), client))
    running = queue.begin()
    jobs = list(queue.waiting)
    assert [queue.place(job) for job in jobs] == [Place(position, 4.0 + 4.0 * position) for position in (1, 3, 5, 2, 4)]
    clock.now += 1.0
    assert queue.place(running) == Place(0, 3.0)
    clock.now += 3.0
    queue.end(running, has_result=True)
    expected = sorted(jobs, key=lambda job: queue.place(job).position)
    assert [run(queue, clock, 4.0) for _ in jobs] == expected


def test_two_places_halve_the_time(clock: Clock) -> None:
    queue, _ = queue_of(clock, "x", places=2)
    run(queue, clock, 4.0)
    for client in "abcde":
        queue.join(Job(worker_jobs.count, (0,), client))
    for _ in range(2):
        queue.begin()
    assert [queue.place(job).left_s for job in queue.waiting] == pytest.approx([8.0, 8.0, 12.0])


def test_times_are_unknown_before_the_first_result(clock: Clock) -> None:
    queue, jobs = queue_of(clock, "ab")
    queue.begin()
    assert [queue.place(job) for job in jobs] == [Place(0, None), Place(1, None)]


def test_a_long_job_takes_the_time_that_it_reports(clock: Clock) -> None:
    queue, _ = queue_of(clock, "c")
    run(queue, clock, 4.0)
    for client in "ab":
        queue.join(Job(worker_jobs.count, (0,), client))
    running = queue.begin()
    clock.now += 10.0
    assert queue.place(running).left_s == pytest.approx(10.0), "as long again as it has run"
    assert queue.place(queue.waiting[0]).left_s == pytest.approx(14.0)
    for reported_s, left_s in ((60.0, 60.0), (4000.0, LIMITS.job_s - 10.0)):
        running.progress = SimpleNamespace(left_s=reported_s)
        clock.now += fair_queue.KNOWN_S
        queue.running[running] = clock.now - 10.0
        assert queue.place(running) == Place(0, left_s)
        assert queue.place(queue.waiting[0]) == Place(1, left_s + 4.0)


def test_a_running_job_ends_with_its_turn_if_others_wait(clock: Clock) -> None:
    queue, _ = queue_of(clock, "a", limits=replace(LIMITS, turn_s=60.0))
    running = queue.begin()
    running.progress = SimpleNamespace(left_s=200.0)
    clock.now += 10.0
    assert queue.place(running).left_s == 200.0
    queue.join(waiting := Job(worker_jobs.count, (0,), "b"))
    assert queue.place(running).left_s == 50.0
    assert queue.place(waiting) == Place(1, None)


@pytest.mark.parametrize(("clients", "newcomer"), [("", "a"), ("ab", "c"), ("aa", "a"), ("ab", "a")])
def test_a_full_queue_refuses_who_has_as_much_as_others(clients: str, newcomer: str, clock: Clock) -> None:
    queue, jobs = queue_of(clock, "x" + clients, capacity=len(clients))
    queue.begin()
    assert queue.is_full
    with pytest.raises(QueueFullError, match="Retry in a moment"):
        queue.join(Job(worker_jobs.count, (0,), newcomer))
    assert queue.waiting == jobs[1:]


def test_in_a_full_queue_the_client_with_the_most_jobs_makes_room(clock: Clock) -> None:
    queue, jobs = queue_of(clock, "xabaa", capacity=4)
    queue.begin()
    newcomer = Job(worker_jobs.count, (0,), "c")
    queue.join(newcomer)
    assert queue.waiting == [*jobs[1:4], newcomer]
    with pytest.raises(QueueFullError, match="4 files wait, 3 of them from your network"):
        jobs[4].future.result(0)
    with pytest.raises(QueueFullError, match="4 files wait, 2 of them from your network"):
        queue.join(Job(worker_jobs.count, (0,), "a"))
