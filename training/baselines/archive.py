"""Keeps a run of a source project's network in ``models/<task>/runs/`` for comparison; the site never serves it."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import keras

from fizzog_core.labels import KEYPOINT_NAMES
from fizzog_core.networks import model_card
from training.baselines import configs, measure
from training.baselines import data as sources
from training.baselines.configs import BaselineConfig
from training.baselines.measure import AUTHOR
from training.baselines.networks import vgg16_backbone
from training.baselines.tasks import BASELINE
from training.evaluation import results
from training.evaluation.tasks import TASKS
from training.fit.callbacks import finished_epochs
from training.networks.cost import multiply_adds
from training.release import folders, publish

HOW = {
    "usage": "The author's validation rows are FER2013's PublicTest.",
    "random": "The author's validation rows are drawn at random.",
    "last frames": "The author's validation rows are the last pictures of each letter of signers also trained on.",
    "split": "The validation rows are those of other signers.",
}


def card_of(config: BaselineConfig, network: keras.Model, found: sources.Material, epochs: int) -> model_card.ModelCard:
    """The card without metrics and checksum."""
    facts = TASKS[config.task].facts
    whole = [network] if config.network != "baseline_vgg16_head" else [vgg16_backbone(config.side), network]
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
        versions=publish.versions(),
        published=datetime.now(UTC).date().isoformat(),
    )


def keep(run: Path, data: Any, models: Path) -> model_card.ModelCard:
    """Measure a run and write its card, history and predictions to ``models/<task>/runs/<name of the run>/``.

    The weights stay in ``run``. Raises DataError if ``run`` is no run of a baseline config.
    """
    config = configs.stored(run)
    network = results.best_network(BASELINE, config, run)
    result = measure.measured(config, network, data)
    card = card_of(config, network, sources.material(config, data), finished_epochs(run))
    card = replace(card, metrics=result.metrics)
    with folders.replaced(models / config.task / folders.KEPT_RUNS / run.resolve().name) as draft:
        model_card.save(card, draft)
        results.write(draft, result, run)
    return card
