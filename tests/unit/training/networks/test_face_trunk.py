import hashlib
import io
import json
import tarfile
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import ops

from fizzog_core.errors import DataError
from training.networks import face_trunk
from training.networks.two_headed import GREY_NOISE


@pytest.fixture(autouse=True)
def few_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(face_trunk, "BLOCKS", ((64, 1), (128, 2), (128, 1)))


@pytest.fixture
def given() -> dict[str, np.ndarray]:
    """Arrays with the names and shapes of the package's network."""
    rng = np.random.default_rng(0)
    found = {
        "conv1/convolution/merged_input": rng.normal(0, 0.3, (3, 3, 3, 32)),
        "conv1_bn/batchnorm_1/sub": rng.normal(0, 1, 32),
    }
    before = 32
    for i, (channels, _) in enumerate(face_trunk.BLOCKS, start=1):
        found[f"conv_dw_{i}/depthwise_kernel"] = rng.normal(0, 0.4, (3, 3, before, 1))
        found[f"conv_dw_{i}_bn/batchnorm_1/mul"] = rng.uniform(0.5, 1.5, before)
        found[f"conv_dw_{i}_bn/batchnorm_1/sub"] = rng.normal(0, 1, before)
        found[f"conv_pw_{i}/convolution/merged_input"] = rng.normal(0, 1.5 / np.sqrt(before), (1, 1, before, channels))
        found[f"conv_pw_{i}_bn/batchnorm_1/sub"] = rng.normal(0, 1, channels)
        before = channels
    return {name: array.astype(np.float32) for name, array in found.items()}


@pytest.fixture
def package(given: dict[str, np.ndarray], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file like the package's, with an array of integers among the weights as there."""
    arrays: dict[str, np.ndarray] = {"axes": np.array([1, 2], np.int32), **given}
    entries = [{"name": name, "shape": array.shape, "dtype": str(array.dtype)} for name, array in arrays.items()]
    parts = {
        "json": json.dumps({"weightsManifest": [{"weights": entries}]}).encode(),
        "bin": b"".join(array.tobytes() for array in arrays.values()),
    }
    path = tmp_path / "human-models.tgz"
    with tarfile.open(path, "w:gz") as archive:
        for kind, data in parts.items():
            info = tarfile.TarInfo(f"package/models/faceres-deep.{kind}")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    monkeypatch.setattr(face_trunk, "PACKAGE_SHA1", hashlib.sha1(path.read_bytes()).hexdigest())
    return path


def folded(given: dict[str, np.ndarray], pixels: np.ndarray) -> np.ndarray:
    """The features of the package's network, without batch normalisations, computed layer by layer."""
    x = (pixels - pixels.mean(axis=(1, 2, 3), keepdims=True)) / np.sqrt(
        pixels.var(axis=(1, 2, 3), keepdims=True) + GREY_NOISE
    )
    x = ops.conv(
        ops.repeat(x * face_trunk.GREY_DEVIATION, 3, axis=-1), given["conv1/convolution/merged_input"], 2, "same"
    )
    x = ops.clip(x + given["conv1_bn/batchnorm_1/sub"], 0, 6)
    for i, (_, stride) in enumerate(face_trunk.BLOCKS, start=1):
        x = ops.depthwise_conv(x, given[f"conv_dw_{i}/depthwise_kernel"], stride, "same")
        x = ops.clip(x * given[f"conv_dw_{i}_bn/batchnorm_1/mul"] + given[f"conv_dw_{i}_bn/batchnorm_1/sub"], 0, 6)
        x = ops.conv(x, given[f"conv_pw_{i}/convolution/merged_input"], 1, "same")
        x = ops.clip(x + given[f"conv_pw_{i}_bn/batchnorm_1/sub"], 0, 6)
    return np.asarray(ops.mean(x, axis=(1, 2)))


def test_the_trunk_starts_as_the_packages_network(given: dict[str, np.ndarray], package: Path) -> None:
    pixels = np.random.default_rng(1).uniform(0, 255, (4, 80, 80, 1)).astype(np.float32)
    network = face_trunk.build()
    network.set_weights(face_trunk.start_weights(package, pixels[:3]))
    features = keras.Model(network.input, network.get_layer("logits").input).predict_on_batch(pixels)
    np.testing.assert_allclose(features, folded(given, pixels), rtol=2e-3, atol=2e-3)
    assert features.std() > 0.01
    served, fer2013 = network.predict_on_batch(pixels)
    assert served.shape == fer2013.shape == (4, 7)
    assert not served.any()
    assert not fer2013.any()


def test_another_file_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.tgz"
    with pytest.raises(DataError, match="npm pack"):
        face_trunk.start_weights(other, np.zeros((1, 80, 80, 1), np.float32))
    other.write_bytes(b"x")
    with pytest.raises(DataError, match="another file"):
        face_trunk.start_weights(other, np.zeros((1, 80, 80, 1), np.float32))


def test_frozen_blocks_keep_weights_and_statistics() -> None:
    network = face_trunk.build()
    face_trunk.freeze(network, 2)
    before = {layer.name: layer.get_weights() for layer in network.layers if layer.get_weights()}
    network.compile("sgd", ["mse", "mse"])
    rng = np.random.default_rng(0)
    network.train_on_batch(rng.uniform(0, 255, (4, 80, 80, 1)).astype(np.float32), [np.ones((4, 7), np.float32)] * 2)
    kept = {
        name for name, old in before.items()
        if all(np.array_equal(a, b) for a, b in zip(old, network.get_layer(name).get_weights(), strict=True))
    }  # fmt: skip
    frozen = [f"{kind}_{i}" for i in (1, 2) for kind in ("depthwise", "pointwise")]
    assert kept == {name + end for name in ["stem", *frozen] for end in ("", "_normalised")}
