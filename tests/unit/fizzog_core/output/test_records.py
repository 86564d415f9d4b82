from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fizzog_core.labels import EMOTIONS, GESTURES, KEYPOINT_NAMES
from fizzog_core.output import records
from fizzog_core.types import FaceResult, FrameResult, HandResult, Keypoints, Scores
from tests.support.fakes import make_face, make_hand
from tests.support.paths import ROOT

POINTS = Keypoints(np.arange(30, dtype=np.float32).reshape(15, 2) + 0.25)
SURPRISE = Scores(EMOTIONS, np.array([0, 0.1, 0, 0.2, 0, 0.7, 0], dtype=np.float32))
LOSER = Scores(GESTURES, np.array([0, 0, 0.75, 0.25, 0], dtype=np.float32))
FULL = FrameResult(
    320,
    240,
    (FaceResult(make_face(10, 20, 80), POINTS, SURPRISE), FaceResult(make_face(200, 20, 80))),
    (HandResult(make_hand(100, 120, 60), LOSER),),
    {"find_faces": 12.3456},
)


def test_the_json_form_is_exactly_the_documented_one() -> None:
    answer = json.loads(json.dumps(records.to_json_dict("a b.png", FULL)))
    assert list(answer) == ["schema", "source", "width", "height", "faces", "hands", "stage_ms"]
    assert (answer["schema"], answer["source"], answer["width"], answer["height"]) == (1, "a b.png", 320, 240)
    first, second = answer["faces"]
    assert list(first) == ["box", "score", "emotion", "keypoints"]
    assert first["box"] == [10, 20, 90, 100]
    assert first["emotion"]["label"] == "surprise"
    assert first["emotion"]["score"] == pytest.approx(0.7)
    assert list(first["emotion"]["probabilities"]) == list(EMOTIONS)
    assert list(first["keypoints"]) == list(KEYPOINT_NAMES)
    assert first["keypoints"]["right_eye_center"] == [2.25, 3.25]
    assert (second["emotion"], second["keypoints"]) == (None, None)
    (hand,) = answer["hands"]
    assert list(hand) == ["box", "score", "handedness", "gesture"]
    assert hand["handedness"] == "right"
    assert (hand["gesture"]["label"], hand["gesture"]["score"]) == ("loser", 0.75)
    assert list(hand["gesture"]["probabilities"]) == ["punch", "super", "loser", "victory", "none"]
    assert answer["stage_ms"] == {"find_faces": 12.35}


@pytest.mark.parametrize(("found", "written"), [((), []), (None, None)])
def test_no_detection_and_no_search_differ(found: tuple[()] | None, written: list[object] | None) -> None:
    answer = records.to_json_dict("x", FrameResult(4, 3, found, found))
    assert (answer["faces"], answer["hands"]) == (written, written)


def test_a_failed_picture_has_an_error_in_its_place() -> None:
    assert records.to_error_dict("x.png", "No file.") == {"schema": 1, "source": "x.png", "error": "No file."}


def test_the_keypoint_table_has_thirty_coordinates_and_the_emotion() -> None:
    assert records.keypoint_table([]).columns.tolist() == list(records.KEYPOINT_TABLE_COLUMNS)
    table = records.keypoint_table([("a", FULL), ("b", FrameResult(4, 3))])
    assert list(table.columns) == ["source", "face", *records.COORDINATES, "emotion", "emotion_score"]
    assert table[["source", "face"]].to_numpy().tolist() == [["a", 1], ["a", 2]]
    assert table.loc[0, list(records.COORDINATES)].tolist() == POINTS.xy_px.ravel().tolist()
    assert table.loc[0, "emotion"] == "surprise"
    assert table.loc[1, [*records.COORDINATES, "emotion", "emotion_score"]].isna().all()


@pytest.mark.slow
def test_the_example_in_the_documentation_runs(tiny_models: Path, set_fizzog, monkeypatch: pytest.MonkeyPatch) -> None:
    set_fizzog(models=tiny_models)
    monkeypatch.chdir(ROOT)
    [example] = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "schema.md").read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(example, names)
    assert "astronaut.png" in names["table"]["source"].tolist()
