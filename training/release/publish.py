"""Publishes a run: calibrates and measures its network, and replaces ``models/<task>/`` by it.

Every file of the new folder describes the same network. A file that another command added to the old folder, such as
held_out_sources.csv, is not kept. Only ``runs/``, the runs kept for comparison, is.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from fizzog_core.evaluation import readmes
from fizzog_core.networks import model_card
from fizzog_core.networks.model_card import ModelCard
from training.data.sets import Data
from training.evaluation import assess, evaluate, results
from training.evaluation import metrics as measures
from training.evaluation.measured import ServedFile
from training.evaluation.tasks import TASKS, PublishedTask
from training.fit import configs
from training.networks.cost import multiply_adds
from training.release import folders, profile, served


def calibrate(network: keras.Model, task: PublishedTask, data: Data) -> float:
    """Divide the network's logits by the temperature that fits the validation rows best; return the temperature.

    It is at least the task's lowest temperature.
    """
    inputs, targets = task.arrays(data, data.validation_rows())
    fitted = measures.fit_temperature(assess.predict(network, inputs), targets.argmax(1))
    temperature = max(task.facts.lowest_temperature, fitted)
    logits = network.get_layer("logits")
    logits.set_weights([weights / temperature for weights in logits.get_weights()])
    return temperature


def rejection_threshold(network: keras.Model, task: PublishedTask, data: Data) -> float:
    """The top probability below which the answer is "not sure", chosen on the validation rows."""
    inputs, targets = task.arrays(data, data.validation_rows())
    fitted = measures.rejection_threshold(assess.predict(network, inputs), targets.argmax(1), task.facts.wanted)
    return max(task.facts.lowest_threshold, fitted)


def card_of(
    config: configs.Config, network: keras.Model, data: Data, temperature: float, threshold: float
) -> ModelCard:
    """The card without metrics and checksum."""
    task = TASKS[config.task]
    shape = network.input_shape
    return ModelCard(
        task=config.task,
        name=config.network,
        input=task.input,
        input_size=shape[1],
        channels=shape[-1],
        labels=task.labels,
        crop_margin=task.facts.crop.margin,
        crop_shift_down=task.facts.crop.shift_down,
        crop_aligned=task.facts.crop.aligned,
        not_sure_below=threshold,
        temperature=temperature,
        parameters=network.count_params(),
        multiply_adds=multiply_adds(network),
        dataset=task.facts.dataset,
        split_sizes=data.split_sizes() | {"trained_on": len(data.training_rows())},
        config=asdict(config),
        seed=config.seed,
        metrics={},
        limits=task.facts.limits,
        licence=task.facts.licence,
        versions=versions(),
        published=datetime.now(UTC).date().isoformat(),
    )


def versions() -> dict[str, str]:
    """Versions of Keras and NumPy, and Keras's backend."""
    return {name: version(name) for name in ("keras", "numpy")} | {"backend": keras.backend.backend()}


def publish(run: Path, data: Data, models: Path, pictures: Path | None = None, folder: Path | None = None) -> ModelCard:
    """Calibrate and measure the network of ``run`` and replace ``models/<task>/`` by it.

    ``pictures`` and ``folder``: see ``training.evaluation.evaluate.as_used``. Any failure leaves the published folder
    as it was. Raises DataError if ``run`` is no run of a published task's config.
    """
    config = configs.stored(run)
    task = TASKS[config.task]
    network = results.best_network(task, config, run)
    temperature = calibrate(network, task, data) if task.classifies else 1.0
    threshold = rejection_threshold(network, task, data) if task.classifies else 0.0
    rows = task.arrays(data, data.validation_rows()[: served.CHECK_ROWS])[0]
    with folders.replaced(models / config.task) as draft:
        card = write_networks(draft, network, card_of(config, network, data, temperature, threshold), rows)
        file = ServedFile(draft, card)
        result = task.assessed(file, data)
        metrics = result.metrics | evaluate.as_used(file, card, data, pictures, folder)
        if task.classifies:
            metrics |= evaluate.threshold_metrics(task.labels, result, card.not_sure_below)
        card = replace(card, metrics=metrics)
        describe(draft, card, result, run)
    return card


def write_networks(draft: Path, network: keras.Model, card: ModelCard, rows: NDArray[np.float32]) -> ModelCard:
    """Write model.keras and model.tflite to the folder ``draft``; return the card with their checksums.

    ``rows``: inputs on which both files are compared.
    """
    network.save(draft / model_card.NETWORK_FILE)
    checksum = model_card.checksum(draft / model_card.NETWORK_FILE)
    return replace(card, sha256=checksum, served_sha256=served.write(network, card, draft, rows))


def describe(draft: Path, card: ModelCard, result: assess.Assessment, run: Path) -> None:
    """Write every other file of a published network to the folder ``draft``."""
    model_card.save(card, draft)
    (draft / readmes.README_FILE).write_text(readmes.published_readme(draft), encoding="utf-8")
    results.write(draft, result, run)
    profile.write(draft)
