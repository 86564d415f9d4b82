from __future__ import annotations

import json

import numpy as np
import pytest

from fizzog_core.errors import ExportError
from fizzog_core.output import records
from fizzog_core.types import EMOTIONS, GESTURES, KEYPOINT_NAMES, FaceResult, FrameResult, HandResult, Keypoints, Scores
from tests.support.fakes import make_face, make_hand

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
def test_found_nothing_and_not_looked_differ(found: tuple[()] | None, written: list[object] | None) -> None:
    answer = records.to_json_dict("x", FrameResult(4, 3, found, found))
    assert (answer["faces"], answer["hands"]) == (written, written)


def test_a_failed_picture_has_an_error_in_its_place() -> None:
    assert records.to_error_dict("x.png", "No file.") == {"schema": 1, "source": "x.png", "error": "No file."}


def test_wide_is_thirty_coordinates_and_the_emotion() -> None:
    table = records.to_frame([("a", FULL), ("b", FrameResult(4, 3))], "wide")
    assert list(table.columns) == ["source", "face", *records.COORDINATES, "emotion", "emotion_score"]
    assert table[["source", "face"]].to_numpy().tolist() == [["a", 1], ["a", 2]]
    assert table.loc[0, list(records.COORDINATES)].tolist() == POINTS.xy_px.ravel().tolist()
    assert table.loc[0, "emotion"] == "surprise"
    assert table.loc[1, [*records.COORDINATES, "emotion", "emotion_score"]].isna().all()


def test_long_has_a_row_for_each_number() -> None:
    table = records.to_frame([("a", FULL)], "long")
    assert list(table.columns) == list(records.LONG_COLUMNS)
    counts = table.groupby(["kind", "number"]).size().to_dict()
    assert counts == {("face", 1): 1 + 4 + 30 + 7, ("face", 2): 5, ("hand", 1): 1 + 4 + 5}
    row = table.query("kind == 'face' and quantity == 'keypoint_y_px' and name == 'nose_tip'")
    assert row["value"].tolist() == [POINTS.xy_px[10, 1]]
    assert table.query("quantity == 'gesture'")["value"].sum() == pytest.approx(1)


def test_an_unknown_layout_is_refused() -> None:
    with pytest.raises(ExportError, match="layout long or wide, got 'tall'"):
        records.to_frame([], "tall")  # type: ignore[arg-type]
