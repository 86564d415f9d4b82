"""Publish the emotion network with two heads: ``models/emotion/`` is replaced as a whole.

python -m training publish-two-heads RUN --data FER2013 --expressions FOLDER --pictures FOLDER --prior-strength 0.75

The prior strength and the temperatures are chosen on validation rows; the card says which head each figure is of.
"""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import keras
import numpy as np
import typer
from numpy.typing import NDArray

from fizzog_core import settings
from fizzog_core.evaluation.runs import SOURCE_PREDICTIONS
from fizzog_core.labels import EMOTIONS
from fizzog_core.networks import model_card
from fizzog_core.networks.loading import Network
from training.data.expressions import ExpressionData, load_expressions
from training.data.sets import SPLITS, USAGES, EmotionData, Usage, as_input, load_emotion
from training.evaluation import assess, end_to_end, metrics, two_heads
from training.evaluation.card_texts import EMOTION, EMOTION_SOURCES
from training.evaluation.evaluate import show
from training.evaluation.measured import ServedFile
from training.fit.targets import CLASSES, log_prior
from training.fit.two_head_run import CONFIG
from training.networks import two_headed
from training.networks.cost import multiply_adds
from training.release import folders, served
from training.release.publish import describe, write_networks


def shift_logits(layer: keras.Layer, shift: NDArray, temperature: float) -> None:
    """Add ``shift`` (7,) to a layer's logits, and divide them by ``temperature``."""
    kernel, bias = layer.get_weights()
    layer.set_weights([kernel / temperature, (bias + shift) / temperature])


def calibrate(
    network: keras.Model, fer: EmotionData, expressions: ExpressionData, strength: float
) -> tuple[two_heads.Heads, float, float]:
    """Both heads with the prior and their temperatures in their weights; the served head's temperature and the
    threshold below which it is "not sure"."""
    facts = EMOTION
    shift_logits(network.get_layer("logits"), strength * log_prior(fer, expressions), 1.0)
    probabilities, labels = two_heads.validation(two_headed.parts(network)[0], fer, expressions)
    temperature = metrics.fit_temperature(probabilities, labels)
    threshold = metrics.rejection_threshold(metrics.tempered(probabilities, temperature), labels, facts.wanted)
    shift_logits(network.get_layer("logits"), np.zeros(CLASSES), temperature)
    heads = two_heads.Heads(*two_headed.parts(network))
    rows = np.flatnonzero(fer.usage == Usage.PUBLIC_TEST)
    own = assess.predict(heads.fer2013, as_input(fer.pixels[rows], heads.served.input_shape[1]))
    shift_logits(
        network.get_layer("fer2013_logits"), np.zeros(CLASSES), metrics.fit_temperature(own, fer.emotion[rows])
    )
    return two_heads.Heads(*two_headed.parts(network)), temperature, max(facts.lowest_threshold, threshold)


def card_of(
    config: dict[str, Any],
    heads: two_heads.Heads,
    fer: EmotionData,
    expressions: ExpressionData,
    temperature: float,
    threshold: float,
) -> model_card.ModelCard:
    """The card without metrics and checksums."""
    facts = EMOTION
    used = (expressions.split == "train") & ~np.isin(expressions.source, config["left_out"])
    sizes = dict(zip(USAGES, np.bincount(fer.usage, minlength=len(USAGES)).tolist(), strict=True))
    sizes |= {f"expressions {name}": int((expressions.split == name).sum()) for name in SPLITS}
    sizes["trained on"] = sizes["Training"] + int(used.sum())
    return model_card.ModelCard(
        task="emotion",
        name="two_headed_emotion",
        input="pixels",
        input_size=heads.served.input_shape[1],
        channels=1,
        labels=EMOTIONS,
        crop_margin=facts.crop.margin,
        crop_shift_down=facts.crop.shift_down,
        crop_aligned=facts.crop.aligned,
        parameters=heads.served.count_params(),
        multiply_adds=multiply_adds(heads.served),
        dataset=facts.dataset,
        sources=EMOTION_SOURCES,
        split_sizes=sizes,
        config=config,
        seed=config["seed"],
        limits=facts.limits,
        licence=facts.licence,
        versions={name: version(name) for name in ("keras", "numpy")} | {"backend": keras.backend.backend()},
        published=datetime.now(UTC).date().isoformat(),
        temperature=temperature,
        not_sure_below=threshold,
        metrics={},
    )


def publish(
    run: Path,
    fer: EmotionData,
    expressions: ExpressionData,
    pictures: Path | None,
    models: Path,
    strength: float,
    blend: float = 1.0,
) -> model_card.ModelCard:
    """Calibrate and measure the run's network, and replace ``models/emotion/`` by it."""
    _, network = two_heads.load_run(run, blend)
    heads, temperature, threshold = calibrate(network, fer, expressions, strength)
    settled = json.loads((run / CONFIG).read_text(encoding="utf-8"))
    settled |= {"task": "emotion", "network": "two_headed_emotion", "prior_strength": strength, "blend": blend}
    card = card_of(settled, heads, fer, expressions, temperature, threshold)
    checked = as_input(fer.pixels[fer.validation_rows()[: served.CHECK_ROWS]], card.input_size)
    with folders.replaced(models / "emotion") as draft:
        card = write_networks(draft, heads.served, card, checked)
        heads.head.save(draft / two_headed.HEAD_FILE)
        file = ServedFile(draft, card)
        found, rows = two_heads.measure(heads, file, fer, expressions, EMOTION.crop)
        measured = found.metrics | two_heads.sure_metrics(rows, threshold)
        if pictures is not None:
            measured |= end_to_end.emotion(Network(file.predict_on_batch, card), fer, pictures)
        card = replace(card, metrics=measured)
        rows.to_parquet(draft / SOURCE_PREDICTIONS, index=False)
        describe(draft, card, found, run)
    return card


def main(
    run: Annotated[Path, typer.Argument(help="folder of a run of train-two-heads")],
    data: Annotated[Path, typer.Option(help="FER2013: its folder, or an .npz of training prepare")],
    expressions: Annotated[Path, typer.Option(help="the expression sources: their folder, or an .npz")],
    pictures: Annotated[Path | None, typer.Option(help="whole pictures of faces with manifest.csv")] = None,
    prior_strength: Annotated[float, typer.Option(min=0, max=1, help="share of the log prior that is added")] = 0.75,
    blend: Annotated[float, typer.Option(min=0, max=1, help="share of the run's weights; the rest is its start's")] = 1,
) -> None:
    """Publish the emotion network with two heads."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    loaded = load_emotion(data), load_expressions(expressions)
    show(publish(run, *loaded, pictures, settings.get().models, prior_strength, blend).metrics)
