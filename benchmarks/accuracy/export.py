"""Measures size, latency and accuracy of each export of each published network on test rows. Prints Markdown.

python -m benchmarks.accuracy.export --data ../shared/data [--tasks keypoints,gesture] [--rows 1000]
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from fizzog_core import settings
from training.data.sets import Data, EmotionData, Usage
from training.evaluation.tasks import TASKS
from training.release import export

FOLDERS = {"keypoints": "keypoints", "emotion": "fer2013", "gesture": "gestures"}
FORMS: tuple[tuple[export.Form, bool], ...] = (
    ("saved_model", False),
    ("tflite", False),
    ("tflite", True),
    ("onnx", False),
)
CALLS = 50


def main(
    data: Annotated[Path, typer.Option(help="Folder of the data sets.")],
    tasks: Annotated[str, typer.Option(help="Networks, separated by commas.")] = "keypoints,emotion,gesture",
    rows: Annotated[int, typer.Option(help="Test rows.")] = 1000,
) -> None:
    print("| network | format | MB | ms a row, median | test figure | largest difference from Keras |")
    print("| --- | --- | --- | --- | --- | --- |")
    for task in tasks.split(","):
        network, card = export.load(settings.get().models / task)
        loaded = TASKS[task].read(data / FOLDERS[task])
        chosen = np.random.default_rng(0).permutation(_test_rows(loaded))[:rows]
        inputs, targets = TASKS[task].inputs(loaded, chosen, card), TASKS[task].arrays(loaded, chosen)[1]
        expected = _in_parts(lambda part, network=network: np.asarray(network.predict_on_batch(part)), inputs)
        size = settings.get().models.joinpath(task, "model.keras").stat().st_size
        _print(task, "keras", size, _latency(network.predict_on_batch, inputs), _figure(task, expected, targets), 0.0)
        with tempfile.TemporaryDirectory() as folder:
            for form, int8 in FORMS:
                examples = export.representative(task, card, data / FOLDERS[task]) if int8 else None
                path = export.write(network, card, form, Path(folder), 1, examples)
                run = export.opened(path)
                given = _in_parts(run, inputs)
                difference = float(np.abs(given - expected).max())
                name = f"{form}{' int8' if int8 else ''}"
                _print(task, name, _size(path), _latency(run, inputs), _figure(task, given, targets), difference)


def _test_rows(data: Data) -> NDArray[np.int64]:
    if isinstance(data, EmotionData):
        return np.flatnonzero(data.usage == Usage.PRIVATE_TEST)
    found = getattr(data, "found", np.ones(len(data.split), dtype=bool))
    return np.flatnonzero((data.split == "test") & found)


def _in_parts(run: export.Run, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.concatenate([run(inputs[start : start + 64]) for start in range(0, len(inputs), 64)])


def _latency(run: export.Run, inputs: NDArray[np.float32]) -> float:
    """Returns the median milliseconds of a call with one row."""
    run(inputs[:1])
    times = []
    for row in range(CALLS):
        began = time.perf_counter()
        run(inputs[row : row + 1])
        times.append(1000 * (time.perf_counter() - began))
    return float(np.median(times))


def _figure(task: str, given: NDArray[np.float32], targets: NDArray[np.float32]) -> str:
    if task == "keypoints":
        return f"RMSE {96 * float(np.sqrt(np.nanmean((given - targets) ** 2))):.3f} px of 96"
    return f"accuracy {float((given.argmax(1) == targets.argmax(1)).mean()):.4f}"


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else sum(file.stat().st_size for file in path.rglob("*"))


def _print(task: str, form: str, size: int, ms: float, figure: str, difference: float) -> None:
    print(f"| {task} | {form} | {size / 1e6:.2f} | {ms:.2f} | {figure} | {difference:.1e} |", flush=True)


if __name__ == "__main__":
    typer.run(main)
