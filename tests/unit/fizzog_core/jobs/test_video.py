"""A video from one end to the other, with a scripted analyzer: rows, drawing, sampling, progress, cancellation."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from fizzog_core.errors import ExportError, VideoError
from fizzog_core.jobs.video import Progress, Sampling, VideoLimits, VideoResult, analyze_video
from fizzog_core.labels import EMOTIONS
from fizzog_core.media.video_reader import VideoReader
from fizzog_core.types import FaceResult, Frame, FrameResult, Scores
from tests.support.fakes import make_face
from tests.support.videos import write_video


class Scripted:
    """Finds one face in each frame: happy in the first ``change`` calls, then sad; none with ``empty``."""

    def __init__(self, change: int = 1000, empty: bool = False, sad: float = 1.0) -> None:
        self.looks = 0
        self.change, self.empty, self.sad = change, empty, sad

    def analyze(self, frame: Frame, faces: bool = True, hands: bool = True, time_s: float | None = None) -> FrameResult:
        height, width = frame.shape[:2]
        if self.empty or not faces:
            return FrameResult(width, height, () if faces else None, () if hands else None)
        self.looks += 1
        happy = self.looks <= self.change
        probabilities = np.full(7, 0 if happy else (1 - self.sad) / 6, np.float32)
        probabilities[EMOTIONS.index("happy" if happy else "sad")] = 1 if happy else self.sad
        return FrameResult(width, height, (FaceResult(make_face(4, 4, 30), None, Scores(EMOTIONS, probabilities)),))


def run(
    folder: Path, analyzer: Scripted, sampling: Sampling | None = None, *, frames: int = 40, rate: int = 10
) -> VideoResult:
    source = write_video(folder / "in.mp4", frames, rate=rate, sound="aac")
    return analyze_video(source, analyzer, out=folder / "out.mp4", table=folder / "out.parquet", sampling=sampling)


def test_rows_stretches_and_a_drawn_video(tmp_path: Path) -> None:
    result = run(tmp_path, Scripted(change=20))
    assert (result.frames, result.analysed, result.duration_s, result.notes) == (40, 40, 4.0, ())
    table = pq.read_table(tmp_path / "out.parquet").to_pandas()
    assert table["frame"].tolist() == list(range(40))
    assert table["time_s"].tolist() == pytest.approx([n / 10 for n in range(40)])
    assert set(table["track_id"]) == {1}
    assert table["label"].tolist() == ["happy"] * 20 + ["sad"] * 20
    happy, sad = result.intervals
    assert (happy.label, happy.start_s, sad.label, sad.end_s) == ("happy", 0, "sad", 4)
    assert happy.end_s == sad.start_s
    assert 2.0 <= happy.end_s <= 2.6  # smoothing lags a little
    with VideoReader(tmp_path / "in.mp4") as before, VideoReader(tmp_path / "out.mp4") as after:
        assert after.info.has_audio
        pairs = list(zip(before.frames(), after.frames(), strict=True))
    assert [a.time for a, _ in pairs] == [b.time for _, b in pairs]
    assert all((np.abs(a.pixels.astype(int) - b.pixels).max(axis=2) > 60).mean() > 0.01 for a, b in pairs)


@pytest.mark.parametrize("resting_face", [False, True])
def test_smoothed_scores_are_against_the_resting_face_on_request(resting_face: bool, tmp_path: Path) -> None:
    source, table = write_video(tmp_path / "in.mp4", 60, rate=10), tmp_path / "out.parquet"
    analyzer = Scripted(change=50, sad=0.6)
    result = analyze_video(source, analyzer, table=table, resting_face=resting_face)
    rows = pq.read_table(table).to_pandas()
    assert rows["label_score"].iloc[-1] == pytest.approx(0.6), "single frames stay as they are"
    last = result.intervals[-1]
    assert last.label == "sad"
    assert (last.peak_score > 0.65) is resting_face


def test_a_video_without_anybody(tmp_path: Path) -> None:
    result = run(tmp_path, Scripted(empty=True), frames=5)
    assert (result.frames, result.intervals) == (5, ())
    assert pq.read_table(tmp_path / "out.parquet").num_rows == 0


@pytest.mark.parametrize(
    ("sampling", "looked_at"),
    [
        (Sampling(), list(range(12))),
        (Sampling(every=5), [0, 5, 10]),
        (Sampling(per_s=5), [0, 2, 4, 6, 8, 10]),
        (Sampling(per_s=1000), list(range(12))),
        (Sampling(per_s=0.5), [0]),
    ],
)
def test_sampling(sampling: Sampling, looked_at: list[int], tmp_path: Path) -> None:
    analyzer = Scripted()
    result = run(tmp_path, analyzer, sampling, frames=12)
    assert pq.read_table(tmp_path / "out.parquet")["frame"].to_pylist() == looked_at
    assert (result.frames, result.analysed, analyzer.looks) == (12, len(looked_at), len(looked_at))
    with VideoReader(tmp_path / "out.mp4") as reader:
        assert sum(1 for _ in reader.frames()) == 12


def test_a_face_keeps_its_number_if_few_frames_are_analysed(tmp_path: Path) -> None:
    result = run(tmp_path, Scripted(), Sampling(per_s=0.5), frames=10, rate=1)
    assert {interval.track_id for interval in result.intervals} == {1}
    assert sum(interval.seconds for interval in result.intervals) == pytest.approx(10)


@pytest.mark.parametrize(("every", "per_s"), [(0, None), (1, 0), (1, -2), (1, float("nan")), (2, 5)])
def test_an_invalid_sampling_is_refused(every: int, per_s: float | None) -> None:
    with pytest.raises(VideoError, match="Expected"):
        Sampling(every, per_s)


def test_progress_goes_from_nothing_to_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fizzog_core.jobs.video.REPORT_EVERY_S", 0)
    told: list[Progress] = []
    analyze_video(write_video(tmp_path / "a.mp4", 10), Scripted(), on_progress=told.append)
    assert [progress.frames for progress in told] == [*range(1, 11), 10]
    shares = [progress.share for progress in told if progress.share is not None]
    assert len(shares) == len(told)
    assert shares == sorted(shares)
    assert (told[-1].share, told[-1].left_s) == (1.0, 0.0)
    assert all(progress.frames_per_s > 0 for progress in told)


@pytest.mark.parametrize("raised", [KeyboardInterrupt, RuntimeError])
def test_a_cancelled_run_leaves_nothing(
    raised: type[BaseException], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fizzog_core.jobs.video.REPORT_EVERY_S", 0)
    source = write_video(tmp_path / "a.mp4", 10, sound="aac")

    def cancel(progress: Progress) -> None:
        if progress.frames == 6:
            raise raised

    with pytest.raises(raised):
        analyze_video(source, Scripted(), out=tmp_path / "o.mp4", table=tmp_path / "o.csv", on_progress=cancel)
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


def test_a_bad_output_is_refused_and_leaves_no_file(tmp_path: Path) -> None:
    source = write_video(tmp_path / "a.mp4", 3)
    with pytest.raises(ExportError, match=r"ends in \.mp4"):
        analyze_video(source, Scripted(), out=tmp_path / "o.avi", table=tmp_path / "o.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


@pytest.mark.parametrize(
    ("limits", "frames"),
    [
        (VideoLimits(), 10),
        (VideoLimits(frames=10, work_s=1000), 10),
        (VideoLimits(frames=4), 4),
        (VideoLimits(work_s=0), 1),
        (VideoLimits(turn_is_over=lambda: True), 1),
    ],
)
def test_a_job_ends_at_its_limits_with_what_it_has(limits: VideoLimits, frames: int, tmp_path: Path) -> None:
    source = write_video(tmp_path / "a.mp4", 10)
    result = analyze_video(source, Scripted(), out=tmp_path / "o.mp4", table=tmp_path / "o.csv", limits=limits)
    assert result.frames == frames
    assert any("Only the first" in note for note in result.notes) == (frames < 10)
    assert not any("cut short" in note for note in result.notes)
    with VideoReader(tmp_path / "o.mp4") as reader:
        assert len(list(reader.frames())) == frames


def test_large_frames_are_analysed_and_drawn_at_a_smaller_size(tmp_path: Path) -> None:
    source = write_video(tmp_path / "a.mp4", 2, size=(200, 100))
    result = analyze_video(source, Scripted(), out=tmp_path / "o.mp4", limits=VideoLimits(side_px=100))
    assert (result.info.width, result.info.height) == (100, 50)
    assert "reduced to 100 x 50" in result.notes[0]
    with VideoReader(tmp_path / "o.mp4") as reader:
        assert {frame.pixels.shape for frame in reader.frames()} == {(50, 100, 3)}
