"""Train the emotion network with two heads on FER2013 and the expression sources, within a given time.

python -m training train-two-heads emotion_all_sources --data FER2013 --expressions FOLDER --minutes 77

The learning rate rises and falls once as a cosine over the minutes, whatever the machine's speed. The run starts from
the published emotion network. Its folder holds config.json, history.csv, ``mean.weights.h5`` (the exponential moving
average of the weights), ``start.weights.h5`` and state.npz: the same command goes on from there.
"""

from __future__ import annotations

import itertools
import json
import logging
import math
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import cv2
import keras
import numpy as np
import typer
from numpy.typing import NDArray

from fizzog_core import settings
from fizzog_core.errors import DataError
from fizzog_core.networks import model_card
from training.data.expressions import load_expressions
from training.data.sets import Usage, as_input, load_emotion
from training.fit.mixture import CONFIGS, Batch, Mixture, TwoHeadConfig
from training.fit.policy import faster_policy
from training.fit.teacher import predictions
from training.fit.two_head_run import CONFIG, HISTORY, Run, Validation, arrays, build, learning_rate, trainable
from training.networks import face_trunk, two_headed, two_trunks

log = logging.getLogger(__name__)
RAMP = (0.2, 0.5)
"""Begin and end, as shares of the run, of the ramp that brings in the distrust in noisy labels."""
SAVED_EVERY, QUEUED = 150, 12
COLUMNS = "epoch,loss,val_loss,accuracy,val_accuracy,learning_rate,seconds"
"""Of history.csv: an epoch is SAVED_EVERY steps; accuracy is not measured on the changed training pictures."""


def train(
    config: TwoHeadConfig,
    mixture: Mixture,
    folder: Path,
    start: list[NDArray],
    minutes: float = math.inf,
    steps: float = math.inf,
) -> Run:
    """Train, or go on training, in ``folder`` until the run has used ``minutes`` or made ``steps``, whichever is first;
    one of them must be finite. Raises DataError if the folder holds a run of another config."""
    _claim(folder, config)
    run = Run(config, folder, start)
    batches: queue.Queue[Batch] = queue.Queue(QUEUED)
    ended = threading.Event()
    before_s, began, first = run.used_s, time.monotonic(), run.step

    def used_s() -> float:
        return min(60 * minutes, before_s + time.monotonic() - began)

    def progress() -> float:
        return min(1.0, max(used_s() / (60 * minutes), run.step / steps))

    def make() -> None:
        for step in itertools.count(first):
            batch = mixture.batch(step, float(np.clip((progress() - RAMP[0]) / (RAMP[1] - RAMP[0]), 0, 1)))
            if not _put(batches, batch, ended):
                return

    rows = np.flatnonzero(mixture.fer.usage == Usage.PUBLIC_TEST)
    validation = (as_input(mixture.fer.pixels[rows], config.side), mixture.fer.emotion[rows].astype(np.int64))
    maker = threading.Thread(target=make, daemon=True)
    maker.start()
    try:
        _steps(run, batches, progress, used_s, validation)
    finally:
        ended.set()
        maker.join()
    return run


def _claim(folder: Path, config: TwoHeadConfig) -> None:
    """Write the config into the folder of its run. Raises DataError if the folder holds a run of another config."""
    folder.mkdir(parents=True, exist_ok=True)
    settled = json.dumps(asdict(config), indent=2)
    if (folder / CONFIG).is_file() and (folder / CONFIG).read_text(encoding="utf-8") != settled:
        raise DataError(f"{folder} holds a run of another config. Remove that folder or name another with --run.")
    (folder / CONFIG).write_text(settled, encoding="utf-8")


def _put(batches: queue.Queue[Batch], batch: Batch, ended: threading.Event) -> bool:
    """Wait for space in the queue; return False if the run has ended meanwhile."""
    while not ended.is_set():
        try:
            batches.put(batch, timeout=0.2)
            return True
        except queue.Full:
            continue
    return False


def _steps(
    run: Run,
    batches: queue.Queue[Batch],
    progress: Callable[[], float],
    used_s: Callable[[], float],
    validation: Validation,
) -> None:
    losses: list[float] = []
    while (share := progress()) < 1:
        losses.append(run.train_on(batches.get(), share))
        if run.step % SAVED_EVERY == 0:
            _write(run, losses, share, used_s(), validation)
            losses = []
    _write(run, losses, 1.0, used_s(), validation)


def _write(run: Run, losses: list[float], share: float, used_s: float, validation: Validation) -> None:
    loss, accuracy = run.save(used_s, validation)
    seconds, run.saved_s = used_s - run.saved_s, used_s
    path = run.folder / HISTORY
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else [COLUMNS]
    mean = round(float(np.mean(losses)), 4) if losses else ""
    rate = learning_rate(run.config, share)
    lines.append(f"{len(lines) - 1},{mean},{loss:.4f},,{accuracy:.4f},{rate:.6f},{seconds:.1f}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    log.info("step %d of %.0f %% of the run: loss %s, PublicTest %.4f", run.step, 100 * share, mean, accuracy)


def start_weights(
    mixture: Mixture, published: keras.Model, head: keras.Model | None, face_network: Path | None
) -> list[NDArray[np.float32]]:
    """Weights for the network of the mixture's config: of ``face_network``, the package that ``face_trunk`` reads, or
    of the ``published`` network and its FER2013 ``head``. For a face trunk alone, of that trunk in a network with two.
    Raises DataError if the published one has other layers."""
    if face_network is not None:
        return face_trunk.start_weights(face_network, np.concatenate([mixture.batch(i, 0).pixels for i in range(8)]))
    if mixture.config.trunk == "face" and head is not None and two_trunks.has_both(published):
        return two_trunks.face_part(published, head)
    start = two_headed.start_weights(published, head)
    if [array.shape for array in start] != [tuple(weight.shape) for weight in build(mixture.config).weights]:
        raise DataError(
            "The published network has other layers than this config, so the training cannot start from it. A face "
            "trunk also starts from --face-network human-models-3.0.4.tgz."
        )
    return start


def use_faster_policy(config: TwoHeadConfig, mixture: Mixture) -> None:
    """Set the dtype policy that trains the config's network faster on this machine."""
    keras.config.set_dtype_policy(faster_policy(lambda: trainable(config)[1], arrays(mixture.batch(0, 0.0))))


def main(
    config: Annotated[str, typer.Argument(help="name of a config in training/fit/mixture.py")],
    data: Annotated[Path, typer.Option(help="FER2013: its folder, or an .npz of training prepare")],
    expressions: Annotated[Path, typer.Option(help="the expression sources: their folder, or an .npz")],
    minutes: Annotated[float, typer.Option(min=0.01, help="length of the run")],
    run: Annotated[Path | None, typer.Option(help="folder of the run; default runs/emotion/<config>")] = None,
    fer2013_teacher: Annotated[Path | None, typer.Option(help="a network trained on FER2013's labels alone")] = None,
    face_network: Annotated[Path | None, typer.Option(help="human-models-3.0.4.tgz, for a face trunk")] = None,
) -> None:
    """Train the emotion network with two heads, or continue a stopped run."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    cv2.setNumThreads(1)
    if config not in CONFIGS:
        raise DataError(f"No config is called {config!r}; there are {', '.join(sorted(CONFIGS))}.")
    chosen, folder = CONFIGS[config], run or settings.get().runs / "emotion" / config
    if chosen.taught and fer2013_teacher is None:
        raise DataError(f"{config} also needs --fer2013-teacher, a network trained on FER2013's labels alone.")
    home = settings.get().models / "emotion"
    card = model_card.load(home)
    served = keras.saving.load_model(model_card.network_path(home, card), compile=False)
    sets = load_emotion(data), load_expressions(expressions)
    teacher = None
    if chosen.taught:
        fer2013 = keras.saving.load_model(fer2013_teacher, compile=False)
        teacher = predictions(served, fer2013, card, chosen.taught_prior, *sets, folder)
    mixture = Mixture(chosen, *sets, card.crop_geometry, teacher)
    start = start_weights(mixture, served, two_headed.load_head(home), face_network)
    use_faster_policy(chosen, mixture)
    train(chosen, mixture, folder, start, minutes)
