"""The table of layers agrees with Keras's own counts, and the latency has a line for each batch and thread count."""

import json
from pathlib import Path

import keras

from fizzog_core.evaluation import runs
from fizzog_core.networks import model_card
from training.networks.cost import multiply_adds
from training.release import profile


def test_layer_table_adds_up() -> None:
    inputs = keras.Input((8, 8, 1), name="pixels")
    x = keras.layers.Conv2D(4, 3, padding="same", name="first")(inputs)
    x = keras.layers.Add(name="add")([keras.layers.Conv2D(4, 3, padding="same", name="second")(x), x])
    network = keras.Model(inputs, keras.layers.Dense(2, name="end")(keras.layers.Flatten(name="flat")(x)))
    table = profile.layer_table(network).set_index("name")
    assert table["parameters"].sum() == network.count_params()
    assert table["multiply_adds"].sum() == multiply_adds(network) == 64 * 9 * 4 + 64 * 36 * 4 + 256 * 2
    assert table.loc["add", "inputs"] == "second first"
    assert table.loc["first", "output_shape"] == "8x8x4"


def test_write_stores_what_the_page_reads(tiny_models: Path, monkeypatch) -> None:
    monkeypatch.setattr(profile, "THREADS", (1,))
    folder = tiny_models / "gesture"
    found = profile.write(folder)
    assert [(call["threads"], call["batch"]) for call in found["calls"]] == [(1, 1), (1, 8)]
    assert all(0 < call["median_ms"] <= call["p95_ms"] for call in found["calls"])
    run = runs.Run("gesture", "gesture", "published", folder)
    assert runs.latency(run) == json.loads(json.dumps(found))
    layers = runs.layers(run)
    assert layers is not None
    assert layers["parameters"].sum() == keras.saving.load_model(folder / model_card.NETWORK_FILE).count_params()
