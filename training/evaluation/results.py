"""A run's network, and the files that say how well it does."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import keras
import pandas as pd

from fizzog_core.errors import DataError
from fizzog_core.networks.model_card import Metric
from training.baselines.configs import SourceConfig
from training.evaluation import assess
from training.fit import configs
from training.networks import architectures


def network_of(run: Path) -> tuple[configs.Config | SourceConfig, keras.Model]:
    """The run's config and its best network in float32. Raises DataError if the folder holds no finished epoch."""
    config, _ = configs.stored(run)
    try:
        keras.config.set_dtype_policy("float32")
        network = architectures.build(config)
        network.load_weights(run / "best.weights.h5")
    except (OSError, TypeError, ValueError) as error:
        raise DataError(f"{run} is not the folder of a training run with a finished epoch: {error}") from None
    return config, network


def write(folder: Path, result: assess.Assessment, metrics: dict[str, Metric], run: Path) -> None:
    """history.csv, metrics.json, confusion.csv and predictions.parquet."""
    shutil.copy(run / "history.csv", folder / "history.csv")
    plain = {name: {slot: getattr(m, slot) for slot in m.__slots__} for name, m in metrics.items()}  # type: ignore[attr-defined]
    (folder / "metrics.json").write_text(json.dumps(plain, indent=2) + "\n")
    if result.confusion is not None:
        pd.DataFrame(result.confusion, result.labels, result.labels).to_csv(
            folder / "confusion.csv", index_label="label"
        )
    result.rows.to_parquet(folder / "predictions.parquet", index=False)
