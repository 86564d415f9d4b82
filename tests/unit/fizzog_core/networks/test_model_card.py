from __future__ import annotations

import json
from pathlib import Path

import pytest

from fizzog_core.errors import ModelError
from fizzog_core.labels import TASKS
from fizzog_core.networks import model_card
from tests.support.fakes import make_card


@pytest.mark.parametrize("task", TASKS)
def test_a_card_is_read_back_as_it_was_written(tmp_path: Path, task: str) -> None:
    card = make_card(task, crop_aligned=True)
    model_card.save(card, tmp_path / "new" / task)
    again = model_card.load(tmp_path / "new" / task)
    assert again == card
    assert again.crop_geometry == model_card.CropGeometry(margin=0.1, shift_down=-0.05, aligned=True)


def test_a_missing_card_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"No card at .*card\.json"):
        model_card.load(tmp_path)


@pytest.mark.parametrize(
    ("change", "part_of_message"),
    [
        (None, "the file: Invalid JSON"),
        ({"task": "age"}, "task: Input should be 'emotion', 'keypoints' or 'gesture'"),
        ({"input_size": "large"}, "input_size"),
        ({"labels": None}, "labels"),
    ],
)
def test_what_is_no_card_is_refused(tmp_path: Path, change: dict[str, object] | None, part_of_message: str) -> None:
    model_card.save(make_card(), tmp_path)
    path = tmp_path / model_card.CARD_FILE
    path.write_text("{" if change is None else json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(ModelError) as caught:
        model_card.load(tmp_path)
    assert part_of_message in str(caught.value)


def test_the_network_is_checked_against_its_card(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="No network at"):
        model_card.network_path(tmp_path, make_card())
    file = tmp_path / model_card.NETWORK_FILE
    file.write_bytes(b"abc")
    assert model_card.checksum(file) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert model_card.network_path(tmp_path, make_card(sha256=model_card.checksum(file))) == file
    with pytest.raises(ModelError, match=r"expected SHA-256 0000.*found ba7816bf8f01"):
        model_card.network_path(tmp_path, make_card(sha256="0" * 64))
