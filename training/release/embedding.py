"""A plane projection of the emotion network's features of PublicTest: ``python -m training embedding --data FOLDER``.

Projects the input of the last layer with t-SNE (van der Maaten and Hinton 2008) and writes
``datasets/fer2013/embedding.parquet``. Run it again after an emotion network is published.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import keras
import numpy as np
import pandas as pd
import typer
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from threadpoolctl import threadpool_limits

from fizzog_core import settings
from fizzog_core.labels import EMOTIONS
from fizzog_core.networks import model_card
from fizzog_core.runtime.atomic_files import whole
from training.data.sets import EmotionData, Usage, as_input, load_emotion

COMPONENTS = 50
"""Number of principal components that t-SNE reads."""
SEED = 1


def layout(features: NDArray[np.float32]) -> NDArray[np.float32]:
    """t-SNE coordinates ``(N, 2)`` float32 of ``features`` ``(N, D)``, N > 3; similar rows are near one another."""
    count = min(COMPONENTS, *features.shape)
    reduced = PCA(count, random_state=SEED).fit_transform(features)
    perplexity = min(40.0, (len(features) - 1) / 3)
    with threadpool_limits(1):  # threads wait for one another on a busy machine, and change the order of sums
        plane = TSNE(2, perplexity=perplexity, init="pca", random_state=SEED).fit_transform(reduced)
    return plane.astype(np.float32)


def embedding(network: keras.Model, data: EmotionData, sha256: str) -> pd.DataFrame:
    """One line for each PublicTest row: row, x, y, label, prediction, score, correct, and the network's ``sha256``."""
    index = np.flatnonzero(data.usage == Usage.PUBLIC_TEST)
    pixels = as_input(data.pixels[index], network.input_shape[1])
    both = keras.Model(network.input, [network.get_layer("logits").input, network.output])
    parts = [both.predict_on_batch(pixels[i : i + 256]) for i in range(0, len(pixels), 256)]
    features, probabilities = (np.concatenate([part[side] for part in parts]) for side in (0, 1))
    plane = layout(features)
    label, prediction = np.array(EMOTIONS)[data.emotion[index]], np.array(EMOTIONS)[probabilities.argmax(1)]
    return pd.DataFrame(
        {
            "row": index,
            "x": plane[:, 0].round(2),
            "y": plane[:, 1].round(2),
            "label": label,
            "prediction": prediction,
            "score": probabilities.max(1).round(4),
            "correct": label == prediction,
            "sha256": sha256,
        }
    )


def main(data: Annotated[Path, typer.Option(help="FER2013's folder, or an .npz of training prepare")]) -> None:
    """Write datasets/fer2013/embedding.parquet from the published emotion network."""
    folder = settings.get().models / "emotion"
    card = model_card.load(folder)
    network = keras.saving.load_model(model_card.network_path(folder, card), compile=False)
    found = embedding(network, load_emotion(data), card.sha256)
    out = settings.get().datasets / "fer2013" / "embedding.parquet"
    with whole(out) as partial:
        found.to_parquet(partial, index=False, compression="zstd")
    typer.echo(f"{len(found):,} rows, {found['correct'].mean():.4f} of them predicted correctly, written to {out}")
