import keras
import numpy as np
import pytest

from tests.support import tiny_data
from training.fit import configs
from training.networks import architectures
from training.release import embedding


def test_alike_rows_lie_together() -> None:
    rng = np.random.default_rng(0)
    features = np.concatenate([rng.normal(place, 0.1, (12, 8)) for place in (0, 5, 10)]).astype(np.float32)
    places = embedding.layout(features)
    groups = places.reshape(3, 12, 2)
    within = groups.std(axis=1).mean()
    between = groups.mean(axis=1).std(axis=0).mean()
    assert between > 2 * within
    np.testing.assert_array_equal(places, embedding.layout(features))


@pytest.mark.slow
def test_one_line_for_each_publictest_row() -> None:
    keras.utils.set_random_seed(1)
    network = architectures.build(configs.find("emotion_residual", smoke=True))
    data = tiny_data.emotion_data(42)
    found = embedding.embedding(network, data, "checksum")
    assert found["row"].tolist() == np.flatnonzero(data.usage == 1).tolist()
    given = network.predict_on_batch(data.pixels[data.usage == 1][..., None].astype(np.float32))
    assert found["score"].tolist() == pytest.approx(given.max(axis=1).tolist(), abs=1e-3)
    assert (found["correct"] == (found["label"] == found["prediction"])).all()
    assert set(found["sha256"]) == {"checksum"}
