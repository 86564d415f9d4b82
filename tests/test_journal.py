"""Timeline, counts and log."""

import pytest

from fizzog_core import journal as journal_module
from fizzog_core.journal import Entry, Journal


def entry(label: str | None, at_s: float, track_id: int = 1) -> Entry:
    return Entry(at_s, "face", track_id, label, 0.8, (("happy", 0.8),))


def note(journal: Journal, label: str | None, from_s: float, to_s: float) -> None:
    """The same label at 20 frames a second."""
    for n in range(round(20 * (to_s - from_s))):
        at_s = from_s + n / 20
        journal.note([entry(label, at_s)], at_s)


def test_nothing_seen() -> None:
    journal = Journal()
    journal.note([], 0.0)
    assert journal.rows() == ()
    assert journal.counts() == {}
    assert journal.timeline(10.0) == ()


def test_two_rows_a_second_and_the_last_minute() -> None:
    journal = Journal()
    note(journal, "happy", 0, 100)
    assert len(journal.rows()) == pytest.approx(200, abs=2)
    recent = journal.timeline(100.0)
    assert len(recent) == pytest.approx(120, abs=2)
    assert recent[0].at_s >= 40
    assert [e.at_s for e in recent] == sorted(e.at_s for e in recent)


def test_a_label_counts_once_each_time_it_becomes_steady() -> None:
    journal = Journal()
    for label, from_s, to_s in [("happy", 0, 3), ("sad", 3, 3.3), ("happy", 3.3, 5), (None, 5, 6), ("sad", 6, 7)]:
        note(journal, label, from_s, to_s)
    assert journal.counts() == {"happy": 2, "sad": 1}


def test_the_log_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "MAX_ROWS", 10)
    journal = Journal()
    note(journal, "happy", 0, 60)
    assert len(journal.rows()) == 10
    assert journal.rows()[-1].at_s > 59
