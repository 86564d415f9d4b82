"""Put the trunks of two published emotion networks side by side in one network: an ensemble of both, as a run.

python -m training join-trunks RESIDUAL FACE --share 0.5 --out runs/emotion/joined

RESIDUAL and FACE are published folders, whose networks have a residual trunk and a face trunk. ``publish-two-heads``
publishes the run; ``train-two-heads emotion_two_trunks`` goes on from what is published.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import keras
import typer

from fizzog_core.errors import DataError
from fizzog_core.evaluation.runs import HISTORY
from fizzog_core.networks import model_card
from training.fit.mixture import CONFIGS
from training.fit.two_head_run import CONFIG, MEAN_WEIGHTS, START_WEIGHTS
from training.networks import two_headed, two_trunks


def join(residual: Path, face: Path, share: float, out: Path) -> None:
    """Write to ``out`` the run whose logits are ``share`` times those of ``face``, and the rest those of ``residual``,
    each before its temperature. Raises DataError, and ModelError for a folder without a network."""
    if not 0 <= share <= 1:
        raise DataError(f"Expected a share from 0 to 1, got {share}.")
    weights, names = [], []
    for folder in (residual, face):
        card = model_card.load(folder)
        served = keras.saving.load_model(model_card.network_path(folder, card), compile=False)
        logits = served.get_layer("logits")
        logits.set_weights([card.temperature * array for array in logits.get_weights()])
        weights.append(two_headed.start_weights(served, two_headed.load_head(folder)))
        names.append(card.sha256[:12])
    joined = f"{1 - share:g} of {names[0]}, {share:g} of {names[1]}"
    config = replace(CONFIGS["emotion_two_trunks"], joined=joined)
    try:
        mixed = two_trunks.joined(config.width, config.blocks, weights[0], weights[1], share)
    except ValueError as error:
        raise DataError(
            f"Expected a network with a residual trunk in {residual} and one with a face trunk in {face}: {error}"
        ) from None
    network = two_trunks.build(config.width, config.blocks)
    network.set_weights(mixed)
    out.mkdir(parents=True, exist_ok=True)
    (out / CONFIG).write_text(json.dumps(asdict(config), indent=2), encoding="utf-8")
    for name in (MEAN_WEIGHTS, START_WEIGHTS):
        network.save_weights(out / name)
    shutil.copy(face / HISTORY, out / HISTORY)


def main(
    residual: Annotated[Path, typer.Argument(help="published folder of a network with a residual trunk")],
    face: Annotated[Path, typer.Argument(help="published folder of a network with a face trunk")],
    share: Annotated[float, typer.Option(help="share of the second network's logits, 0 to 1")],
    out: Annotated[Path, typer.Option(help="folder of the new run")],
) -> None:
    """Join two published emotion networks."""
    join(residual, face, share, out)
