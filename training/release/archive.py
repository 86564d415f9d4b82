"""Measure a source project's network in two ways, as its author split the data and on people new to it, and keep the
run for comparison: ``python -m training evaluate TASK --data FOLDER --run RUN --keep``. Nothing here is served."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import keras
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fizzog_core.errors import DataError
from fizzog_core.labels import KEYPOINT_NAMES
from fizzog_core.networks import model_card
from fizzog_core.networks.model_card import Metric
from training.baselines import data as sources
from training.baselines.configs import SourceConfig
from training.baselines.networks import vgg16_backbone
from training.data.sets import EmotionData, KeypointData
from training.evaluation import assess, results
from training.evaluation import metrics as measures
from training.evaluation.card_texts import FACTS
from training.fit import batches
from training.fit.callbacks import finished_epochs
from training.networks.cost import multiply_adds

AUTHOR = "author's validation"
LARGEST_FILE = 10_000_000
"""Bytes; a larger network is not put into the repository."""
HOW = {
    "usage": "The author's validation rows are FER2013's PublicTest.",
    "random": "The author's validation rows are drawn at random.",
    "last frames": "The author's validation rows are the last pictures of each letter of signers also trained on.",
    "split": "The validation rows are those of other signers.",
}


def measured(config: SourceConfig, network: keras.Model, data: sources.SourceData) -> assess.Assessment:
    """Figures on the author's held-out rows, with what they share with the training rows, and on the test split."""
    found = sources.material(config, data)
    metrics = {f"author_split_{name}": metric for name, metric in _shared(found, data).items()}
    if isinstance(data, KeypointData):
        return _keypoints(network, found, data, metrics)
    return _classes(config, network, found, data, metrics)


def _shared(found: sources.Material, data: sources.SourceData) -> dict[str, Metric]:
    """The share of held-out rows whose picture, or a changed copy of it, was trained on; and whose person was."""
    groups: dict[str, NDArray] = {}
    if not isinstance(data, EmotionData):
        groups["person"] = (data.subject if isinstance(data, KeypointData) else data.signer)[found.origin]
    if isinstance(data, EmotionData | KeypointData):
        groups["picture"] = np.array([hash(data.pixels[i].tobytes()) for i in found.origin])
    held = found.held_out
    return {
        f"rows_whose_{name}_was_trained_on": assess.share(np.isin(key[held], key[~held]), AUTHOR)
        for name, key in groups.items()
    }


def _classes(
    config: SourceConfig, network: keras.Model, found: sources.Material, data: sources.SourceData, metrics: dict
) -> assess.Assessment:
    suffix = f"_{len(config.labels)}_classes" if config.task == "emotion" and len(config.labels) < 7 else ""
    split = "PrivateTest" if config.task == "emotion" else "test"
    held = found.held_out
    parts = [(AUTHOR, "author_split", "", found.inputs[held], found.targets[held], found.origin[held])]
    if len(found.new):
        parts.append((split, split.lower(), suffix, found.new_inputs, found.new_targets, found.new))
    tables = []
    for name, prefix, ending, inputs, targets, rows in parts:
        given, truth = assess.predict(network, inputs.astype(np.float32)), targets.argmax(1)
        groups = np.arange(len(rows)) if isinstance(data, EmotionData) else data.signer[rows]  # type: ignore[union-attr]
        answers = given.argmax(1)
        metrics[f"{prefix}_accuracy{ending}"] = assess.share(answers == truth, name, groups)
        metrics[f"{prefix}_balanced_accuracy{ending}"] = measures.interval(
            lambda some, t=truth, a=answers: measures.balanced_accuracy(t[some], a[some], len(config.labels)),
            groups, name,
        )  # fmt: skip
        if isinstance(data, EmotionData) and name == split:
            kept = ~assess.copies(data, rows)
            metrics[f"{prefix}_accuracy_without_copies_of_training_rows{ending}"] = assess.share(
                (answers == truth)[kept], name
            )
        table = assess.class_table(rows, name, truth, given, config.labels)
        tables.append(table if isinstance(data, EmotionData) else table.assign(signer=groups))
        counts = measures.confusion(truth, answers, len(config.labels))
    return assess.Assessment(metrics, pd.concat(tables, ignore_index=True), tuple(config.labels), counts)


def _keypoints(
    network: keras.Model, found: sources.Material, data: KeypointData, metrics: dict
) -> assess.Assessment:  # fmt: skip
    held, tables = found.held_out, []
    parts = [
        (AUTHOR, "author_split", found.inputs[held], found.targets[held], found.origin[held]),
        ("test", "test", found.new_inputs, found.new_targets, found.new),
    ]
    for split, prefix, inputs, targets, rows in parts:
        truth, subject = assess.to_pixels(targets), data.subject[rows]
        points = assess.to_pixels(assess.predict(network, inputs.astype(np.float32)))
        named = assess.keypoint_metrics(truth, points, subject, split)
        metrics |= {f"{prefix}_{name}": metric for name, metric in named.items()}
        errors = measures.point_errors(truth, points).round(3)
        columns = {"row": rows, "split": split, "source": data.source[rows]}
        columns["normalised_error"] = measures.normalised_errors(truth, points).round(4)
        tables.append(pd.DataFrame(columns | {name: errors[:, i] for i, name in enumerate(KEYPOINT_NAMES)}))
    mirrored = sources.mirrored_points(found.new_targets, exchange=True)
    points = assess.predict(network, found.new_inputs[:, :, ::-1].astype(np.float32))
    mean = np.tile(
        np.nanmean(batches.to_unit(data.keypoints_px[data.split == "train"] - int(data.rim)), axis=0), (len(points), 1)
    )
    for name, wanted, given in (("mirrored", mirrored, points), ("of_the_mean_shape", found.new_targets, mean)):
        metrics[f"test_rmse_px_{name}"] = assess.rmse(
            assess.to_pixels(wanted), assess.to_pixels(given), data.subject[found.new], "test"
        )
    return assess.Assessment(metrics, pd.concat(tables, ignore_index=True))


def card_of(config: SourceConfig, network: keras.Model, found: sources.Material, epochs: int) -> model_card.ModelCard:
    """The card, still without metrics and checksum."""
    facts = FACTS[config.task]
    whole = [network] if config.network != "vgg16_head" else [vgg16_backbone(config.side), network]
    leak = " Mirrored and brighter copies were made before that, so most lie on both sides." if config.copies else ""
    return model_card.ModelCard(
        task=config.task,
        name=config.network,
        input="pixels",
        input_size=config.side,
        channels=3 if config.task == "gesture" else 1,
        labels=tuple(config.labels) or KEYPOINT_NAMES,
        crop_margin=0.0,
        parameters=sum(part.count_params() for part in whole),
        multiply_adds=sum(multiply_adds(part) for part in whole),
        dataset=facts.dataset,
        split_sizes={
            "trained_on": int((~found.held_out).sum()),
            AUTHOR: int(found.held_out.sum()),
            "test": len(found.new),
        },
        config=asdict(config) | {"epochs_done": epochs},
        seed=config.seed,
        metrics={},
        limits=(
            f"A source project's network, run again for comparison and not served; {epochs} of {config.epochs} epochs.",
            HOW[config.held_out] + leak,
            "The best epoch was chosen on the author's validation rows; the test rows were never used for choosing.",
            *facts.limits,
        ),
        licence=facts.licence,
        versions={name: version(name) for name in ("keras", "numpy")} | {"backend": keras.backend.backend()},
        published=datetime.now(UTC).date().isoformat(),
    )


def keep(run: Path, data: sources.SourceData, models: Path) -> model_card.ModelCard:
    """Measure and write ``models/<task>/runs/<run's name>/``; the network only if it takes pixels and its file is at
    most LARGEST_FILE. Raises DataError if the run is not of a source project's network."""
    config, network = results.network_of(run)
    if not isinstance(config, SourceConfig):
        raise DataError(f"{run} is a run of a network that is served: put it into models/ with --publish.")
    result = measured(config, network, data)
    folder = models / config.task / "runs" / run.resolve().name
    folder.mkdir(parents=True, exist_ok=True)
    card = card_of(config, network, sources.material(config, data), finished_epochs(run))
    path = folder / model_card.NETWORK_FILE
    path.unlink(missing_ok=True)
    if config.network != "vgg16_head" and 4 * network.count_params() < LARGEST_FILE:
        network.save(path)
        card = replace(card, sha256=model_card.checksum(path))
    card = replace(card, metrics=result.metrics)
    model_card.save(card, folder)
    results.write(folder, result, card.metrics, run)
    return card
