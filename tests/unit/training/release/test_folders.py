"""A folder of models/ changes as a whole or not at all: after an error, a killed process and during the exchange."""

import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from fizzog_core.errors import DataError
from training.release import folders

Change = Callable[[Path], AbstractContextManager[Path]]
BOTH = pytest.mark.parametrize("change", [folders.replaced, folders.changed])

KILLED_AT_EACH_STEP = """
import os, signal, sys
from pathlib import Path
from training.release import folders

change, folder = getattr(folders, sys.argv[1]), Path(sys.argv[2])

def publish(step):
    left = [step]
    def end(event, _):
        left[0] -= event.split(".")[0] in ("open", "os", "shutil", "tempfile", "ctypes")
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(end)
    with change(folder) as draft:
        (draft / "card.json").write_text("new")
        (draft / "model.tflite").write_text("new")

step, status, kept = 0, 1, 0
while status:
    step += 1
    child = os.fork()
    if not child:
        publish(step)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    found = {(folder / name).read_text() for name in ("card.json", "model.tflite")}
    assert len(found) == 1, (step, found)
    assert (folder / "runs" / "card.json").read_text() == "kept", step
    if found == {"new"}:
        break
    kept += 1
print(kept)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A published folder with two files, and a run that is kept for comparison."""
    published = tmp_path / "models" / "emotion"
    (published / "runs").mkdir(parents=True)
    (published / "card.json").write_text("old")
    (published / "model.tflite").write_text("old")
    (published / "runs" / "card.json").write_text("kept")
    return published


def contents(folder: Path) -> dict[str, str]:
    return {str(file.relative_to(folder)): file.read_text() for file in folder.rglob("*") if file.is_file()}


OLD = {"card.json": "old", "model.tflite": "old", "runs/card.json": "kept"}


def test_the_first_publication_needs_no_folder(tmp_path: Path) -> None:
    with folders.replaced(tmp_path / "models" / "gesture") as draft:
        (draft / "card.json").write_text("new")
    assert contents(tmp_path) == {"models/gesture/card.json": "new"}


def test_replaced_keeps_the_runs_and_changed_keeps_every_file(folder: Path) -> None:
    with folders.changed(folder) as draft:
        (draft / "latency.json").write_text("new")
    assert contents(folder) == OLD | {"latency.json": "new"}
    with folders.replaced(folder) as draft:
        (draft / "card.json").write_text("new")
    assert contents(folder) == {"card.json": "new", "runs/card.json": "kept"}
    assert [path.name for path in folder.parent.iterdir()] == ["emotion"]


@BOTH
def test_an_error_leaves_the_old_folder_and_nothing_beside_it(change: Change, folder: Path) -> None:
    def publish() -> None:
        with change(folder) as draft:
            (draft / "card.json").write_text("new")
            raise OSError("No space left on device")

    with pytest.raises(OSError, match="No space left"):
        publish()
    assert contents(folder.parent) == {f"emotion/{name}": text for name, text in OLD.items()}


@BOTH
@pytest.mark.skipif(sys.platform != "linux", reason="renameat2 is a call of Linux")
def test_a_process_that_is_killed_at_any_step_leaves_a_whole_folder(change: Change, folder: Path) -> None:
    command = [sys.executable, "-c", KILLED_AT_EACH_STEP, change.__name__, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= 5, "steps at which the process was killed and the old folder was found"
    assert contents(folder)["card.json"] == "new"


@pytest.mark.skipif(sys.platform != "linux", reason="renameat2 is a call of Linux")
def test_a_reader_finds_the_folder_at_every_moment(folder: Path) -> None:
    missing, done = [], threading.Event()

    def read() -> None:
        while not done.is_set():
            if not (folder / "card.json").exists():
                missing.append(1)

    reader = threading.Thread(target=read)
    reader.start()
    other = folder.with_name("other")
    other.mkdir()
    (other / "card.json").write_text("new")
    try:
        for _ in range(2000):
            assert folders.exchange(other, folder)
    finally:
        done.set()
        reader.join(10)
    assert not missing


def test_changed_refuses_a_folder_that_was_published_meanwhile(folder: Path) -> None:
    def measure() -> None:
        with folders.changed(folder) as draft:
            (draft / "latency.json").write_text("of the old network")
            with folders.replaced(folder) as other:
                (other / "card.json").write_text("newer")

    with pytest.raises(DataError, match="published again"):
        measure()
    assert contents(folder) == {"card.json": "newer", "runs/card.json": "kept"}


def test_changed_needs_a_published_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="Publish a network first"), folders.changed(tmp_path / "gesture"):
        pass
    assert not list(tmp_path.iterdir())


@BOTH
def test_without_the_exchange_call_two_renames_do_it(
    change: Change, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "exchange", lambda *_: False)
    with change(folder) as draft:
        (draft / "card.json").write_text("new")
    assert contents(folder)["card.json"] == "new"
    rename, calls = folders.os.rename, []

    def second_fails(source: Path, target: Path) -> None:
        calls.append(target)
        if len(calls) == 2:
            raise OSError("Input/output error")
        rename(source, target)

    before = contents(folder)
    monkeypatch.setattr(folders.os, "rename", second_fails)
    with pytest.raises(OSError, match="Input/output"), change(folder) as draft:
        (draft / "card.json").write_text("newer")
    assert contents(folder.parent) == {f"emotion/{name}": text for name, text in before.items()}
