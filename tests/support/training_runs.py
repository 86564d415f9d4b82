"""Seeded synthetic run folders in the format of ``training publish``, for the tests of runs and pages."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from fizzog_core.labels import EMOTION_VOCABULARIES, EMOTIONS, GESTURES, KEYPOINT_NAMES
from fizzog_core.networks import model_card
from fizzog_core.networks.model_card import Metric, ModelCard

CARD = ModelCard(
    task="emotion", name="tiny", input="pixels", input_size=48, channels=1, labels=EMOTIONS, crop_margin=0.1,
    not_sure_below=0.4, temperature=1.5, parameters=1234, multiply_adds=56789, dataset="made up",
    split_sizes={"trained_on": 1000}, config={"width": 8}, seed=1, limits=("Nothing real.",), licence="none",
    metrics={}, versions={"keras": "3"}, published="2026-01-01",
)  # fmt: skip


def history(metric: str, epochs: int = 6) -> pd.DataFrame:
    """A decreasing loss, and a metric that improves until the epoch before the last."""
    step = np.arange(epochs)
    better = 1 - 1 / (step + 2) if metric == "accuracy" else 4 / (step + 1)
    validation = better.copy()
    validation[-1] = better[0]
    columns = {"epoch": step, metric: better, "learning_rate": 0.1 / (step + 1), "loss": 2 / (step + 1)}
    return pd.DataFrame(columns | {"seconds": 10.0 + step, f"val_{metric}": validation, "val_loss": 2.5 / (step + 1)})


def answers(labels: tuple[str, ...], splits: tuple[str, ...], rows: int = 210) -> pd.DataFrame:
    """Predictions with the highest probability at the label in most rows; every split has each label."""
    rng = np.random.default_rng(0)
    truth = np.arange(rows) % len(labels)
    logits = rng.normal(size=(rows, len(labels))) + 1.5 * np.eye(len(labels))[truth]
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    split = np.array(splits)[np.arange(rows) * len(splits) // rows]
    table = pd.DataFrame({"row": 5000 + np.arange(rows), "split": split, "label": np.array(labels)[truth]})
    return pd.concat([table, pd.DataFrame(shares.round(4), columns=list(labels))], axis=1)


def _metrics(names: dict[str, tuple[float, str, str]]) -> dict[str, Metric]:
    return {
        name: Metric(value, value - 0.02, value + 0.02, 100, split, unit)
        for name, (value, split, unit) in names.items()
    }


def write(folder: Path, card: ModelCard | None, epochs: pd.DataFrame, rows: pd.DataFrame | None) -> Path:
    """Writes a run folder with the card, the history and the predictions; None leaves a file out."""
    folder.mkdir(parents=True, exist_ok=True)
    if card is not None:
        model_card.save(card, folder)
    epochs.to_csv(folder / "history.csv", index=False)
    if rows is not None:
        rows.to_parquet(folder / "predictions.parquet", index=False)
    return folder


def emotion(folder: Path) -> Path:
    names = {
        "publictest_accuracy": (0.64, "PublicTest", ""), "privatetest_accuracy": (0.66, "PrivateTest", ""),
        "privatetest_accuracy_mirror_averaged": (0.67, "PrivateTest", ""),
        "privatetest_accuracy_6_classes": (0.68, "PrivateTest", ""),
        "privatetest_accuracy_5_classes": (0.75, "PrivateTest", ""),
    }  # fmt: skip
    card = replace(CARD, metrics=_metrics(names))
    write(folder, card, history("accuracy"), answers(EMOTIONS, ("PublicTest", "PrivateTest")))
    rows = answers(EMOTIONS, ("test",)).assign(source=lambda table: ["kdef", "rafdb"] * (len(table) // 2))
    rows.to_parquet(folder / "predictions_expressions.parquet", index=False)
    return folder


def source_emotion(folder: Path) -> Path:
    """A baseline run for comparison: six classes, the author's rows and PrivateTest, without a network file."""
    author = "author's validation"
    names = {
        "author_split_rows_whose_picture_was_trained_on": (0.04, author, ""),
        "author_split_accuracy": (0.52, author, ""),
        "privatetest_accuracy_6_classes": (0.5, "PrivateTest", ""),
    }
    labels = EMOTION_VOCABULARIES[6]
    card = replace(CARD, labels=labels, metrics=_metrics(names))
    return write(folder, card, history("accuracy"), answers(labels, (author, "PrivateTest")))


def gesture(folder: Path) -> Path:
    names = {
        "validation_balanced_accuracy": (0.95, "validation", ""), "test_balanced_accuracy": (0.9, "test", ""),
    }  # fmt: skip
    card = replace(
        CARD, task="gesture", input="landmarks", input_size=21, channels=3, labels=GESTURES, metrics=_metrics(names)
    )
    rows = answers(GESTURES, ("validation", "test"))
    number = np.arange(len(rows))
    extra = {"found": number % 17 > 0, "letter": "A", "source": np.array(["one", "two"])[number % 2]}
    rows = rows.assign(**extra, signer=np.char.add("s", (number % 7).astype(str)))
    return write(folder, card, history("accuracy"), rows)


def keypoints(folder: Path) -> Path:
    names = {"validation_rmse_px": (1.5, "validation", "px of 96"), "test_rmse_px": (1.6, "test", "px of 96")}
    card = replace(
        CARD, task="keypoints", input_size=96, labels=KEYPOINT_NAMES, metrics=_metrics(names), temperature=1.0
    )
    rng = np.random.default_rng(1)
    errors = rng.gamma(2, 0.7, (60, 15))
    errors[::2, 6:10] = np.nan
    base = {"row": np.arange(60), "split": np.repeat(["validation", "test"], 30), "source": ["a", "b"] * 30}
    rows = pd.DataFrame(base | {"normalised_error": np.nanmean(errors, axis=1) / 35})
    rows = pd.concat([rows, pd.DataFrame(errors, columns=list(KEYPOINT_NAMES))], axis=1)
    return write(folder, card, history("rmse_px"), rows)


def layers(folder: Path) -> None:
    """layers.csv and latency.json as ``python -m training profile`` writes them."""
    lines = [
        ("pixels", "InputLayer", "", "48x48x1", 0, 0), ("scale", "Rescaling", "pixels", "48x48x1", 0, 0),
        ("conv", "Conv2D", "scale", "24x24x8", 72, 41472), ("relu", "Activation", "conv", "24x24x8", 0, 0),
        ("again", "Conv2D", "relu", "24x24x8", 576, 331776), ("add", "Add", "conv again", "24x24x8", 0, 0),
        ("pool", "GlobalAveragePooling2D", "add", "8", 0, 0), ("logits", "Dense", "pool", "7", 63, 56),
    ]  # fmt: skip
    names = ["name", "type", "inputs", "output_shape", "parameters", "multiply_adds"]
    pd.DataFrame(lines, columns=names).to_csv(folder / "layers.csv", index=False)
    calls = [
        {"threads": threads, "batch": batch, "median_ms": 2.0 * batch, "p95_ms": 3.0 * batch}
        for threads in (1, 2) for batch in (1, 8)
    ]  # fmt: skip
    machine = {"processor": "a processor", "cores": 2, "load_before": 0.5}
    text = json.dumps({"machine": machine, "backend": "tensorflow", "calls": calls})
    (folder / "latency.json").write_text(text)


def everything(root: Path) -> tuple[Path, Path]:
    """Writes models/ with three networks and one baseline run, and runs/ with a run in training; returns both."""
    models, training = root / "models", root / "runs"
    layers(emotion(models / "emotion"))
    gesture(models / "gesture")
    keypoints(models / "keypoints")
    write(models / "emotion" / "runs" / "baseline_emotion_model_2", None, history("accuracy", 4), None)
    started = write(training / "emotion" / "emotion_residual", None, history("accuracy", 3), None)
    (started / "config.json").write_text(json.dumps({"width": 16}))
    board = started / "tensorboard" / "train"
    board.mkdir(parents=True)
    (board / "events.out.tfevents.1.v2").write_bytes(b"log")
    return models, training
