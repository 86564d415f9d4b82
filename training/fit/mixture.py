"""Training batches that mix FER2013 with the expression sources: the rows, their targets and each source's prior."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from fizzog_core.networks.model_card import CropGeometry
from training.data.expressions import ExpressionData, cut_row, square
from training.data.sets import EmotionData, Usage, as_input
from training.fit import degrade
from training.fit.targets import CLASSES, LABEL_SMOOTHING, fer_targets
from training.fit.teacher import Teacher, softmax

FER_PX, LARGE = 48, 0.6
"""Side of FER2013's pictures, and the share of the sources' pictures that are cut at the network's side where that
differs; the others are cut at FER2013's, so that neither size marks a source."""
MASKED = "affectnet_masked"
"""The source whose pictures are black outside the face."""
TIGHTER = {"rafdb": 0.88}
"""Factor on the side of a source's crop: RAF-DB's pictures end at 10 % inside the served crop. 0.97 where not named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoHeadConfig:
    """One run of the network with two heads.

    ``fer_share``: share of FER2013 in a batch. ``left_out``: sources that are not trained on. ``trust``: by source, the
    share of the label in the target; the rest is the network's own prediction. ``weight``: by source, a factor on its
    share of a batch. ``even``: share of a uniform distribution in each source's class prior. ``averaging``: decay of
    the weights' exponential moving average, per step. ``trunk``: "residual", "face" or "both", see
    ``training.networks``.
    ``taught``: share of the teachers' prediction in the targets (Hinton and others 2015), see ``training.fit.teacher``;
    ``taught_prior``: strength of the class prior in the teacher of the served head. ``side``: of the pictures, px.
    ``frozen_blocks``: how many of a face trunk's first blocks keep their weights; they cost most of the time.
    ``joined``: what was joined without training, see ``training.release.join_trunks``.
    """

    trunk: str = "residual"
    side: int = 48
    optimizer: str = "sgd"
    joined: str = ""
    taught: float = 0.0
    taught_prior: float = 0.0
    frozen_blocks: int = 0
    width: int = 64
    blocks: int = 2
    dropout: float = 0.3
    batch_size: int = 128
    learning_rate: float = 0.03
    weight_decay: float = 5e-3
    averaging: float = 0.997
    fer_share: float = 0.42
    even: float = 0.15
    left_out: tuple[str, ...] = ("lfw",)
    trust: dict[str, float] = field(default_factory=dict)
    weight: dict[str, float] = field(default_factory=dict)
    seed: int = 1


NOISY = TwoHeadConfig(
    trust={
        "rafdb": 0.95, "affectnet_masked": 0.65, "web3": 0.75, "stock_train2": 0.65, "stock_train3": 0.6,
        "google_big": 0.65, "selfies": 0.6,
    },
    weight={
        "affectnet_masked": 0.6, "web3": 0.6, "stock_train2": 0.6, "stock_train3": 0.6, "google_big": 0.6,
        "selfies": 0.5,
    },
)  # fmt: skip
CONFIGS = {
    "emotion_all_sources": NOISY,
    "emotion_taught": replace(NOISY, learning_rate=0.02, taught=0.4, taught_prior=0.62),
    "emotion_face_trunk": replace(
        NOISY, trunk="face", side=80, optimizer="adamw", learning_rate=5e-4, weight_decay=0.02, batch_size=64,
        taught=0.35, taught_prior=0.62,
    ),
    "emotion_face_trunk_again": replace(
        NOISY, trunk="face", side=80, optimizer="adamw", learning_rate=4e-4, weight_decay=0.02, batch_size=64,
        taught=0.4, taught_prior=0.56,
    ),
    "emotion_face_trunk_frozen": replace(
        NOISY, trunk="face", side=80, optimizer="adamw", learning_rate=4e-4, weight_decay=0.02, batch_size=64,
        taught=0.4, taught_prior=0.35, frozen_blocks=3, weight=NOISY.weight | {"rafdb": 1.5}, seed=2,
    ),
    "emotion_two_trunks": replace(
        NOISY, trunk="both", side=80, optimizer="adamw", learning_rate=1e-4, weight_decay=0.02, batch_size=64,
        taught=0.4, taught_prior=0.56,
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """``pixels`` (B, S, S, 1) 0..255; ``log_prior`` (B, 7) of each row's source; ``served`` and ``fer2013`` (B, 7):
    the targets of the two heads. A row of zeros has no target; what is missing to 1 is the network's prediction."""

    pixels: NDArray[np.float32]
    log_prior: NDArray[np.float32]
    served: NDArray[np.float32]
    fer2013: NDArray[np.float32]


def square_root_shares(counts: NDArray) -> NDArray[np.float64]:
    """Shares in proportion to the square roots of ``counts``: between equal and proportional."""
    root = np.sqrt(counts)
    return root / root.sum()


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """Training rows of one source by class, the classes' probabilities, and the log of the prior that results."""

    name: str
    rows: tuple[NDArray[np.int64], ...]
    chances: NDArray[np.float64]
    log_prior: NDArray[np.float32]


class Mixture:
    """Makes batch ``step`` of a run; it depends on the config's seed, the step and ``ramp`` only."""

    def __init__(
        self, config: TwoHeadConfig, fer: EmotionData, expressions: ExpressionData, geometry: CropGeometry,
        teacher: Teacher | None = None,
    ) -> None:  # fmt: skip
        self.teacher = teacher
        self.config, self.fer, self.expressions, self.geometry = config, fer, expressions, geometry
        self.fer_rows = np.flatnonzero(fer.usage == Usage.TRAINING)
        self.served, self.fer2013 = fer_targets(fer)
        seen = self.served[self.fer_rows]
        self.fer_log_prior = self._log_prior(seen.sum(axis=0) / max(seen.sum(), 1))
        train = expressions.split == "train"
        names = sorted(set(expressions.source[train].tolist()) - set(config.left_out))
        self.sources = [self._source(name, np.flatnonzero(train & (expressions.source == name))) for name in names]
        sizes = [sum(map(len, source.rows)) for source in self.sources]
        weights = np.array([config.weight.get(name, 1.0) for name in names]) * np.sqrt(sizes)
        self.shares = weights / weights.sum()

    def _log_prior(self, shares: NDArray) -> NDArray[np.float32]:
        return np.log((1 - self.config.even) * shares + self.config.even / CLASSES).astype(np.float32)

    def _source(self, name: str, rows: NDArray[np.int64]) -> Source:
        by_class = tuple(rows[self.expressions.emotion[rows] == label] for label in range(CLASSES))
        chances = square_root_shares(np.array([len(own) for own in by_class]))
        return Source(name, by_class, chances, self._log_prior(chances))

    def batch(self, step: int, ramp: float) -> Batch:
        """``ramp`` 0..1: how much of the config's distrust in labels is applied."""
        config = self.config
        rng = np.random.default_rng([config.seed, step])
        size = config.batch_size
        pixels = np.empty((size, config.side, config.side, 1), np.float32)
        log_prior, served, fer2013 = (np.zeros((size, CLASSES), np.float32) for _ in range(3))
        first = round(size * config.fer_share)
        for i in range(first):
            row = int(rng.choice(self.fer_rows))
            pixels[i] = as_input(self._fer_face(rng, row)[None], config.side)[0]
            log_prior[i], served[i], fer2013[i] = self.fer_log_prior, self.served[row], self.fer2013[row]
            if self.teacher is not None:
                self._teach(served[i], self.teacher.fer_served[row], log_prior[i])
                fer2013[i] += config.taught * (self.teacher.fer2013[row] - fer2013[i])
        for i in range(first, size):
            source = self.sources[int(rng.choice(len(self.sources), p=self.shares))]
            label = int(rng.choice(CLASSES, p=source.chances))
            row = int(rng.choice(source.rows[label]))
            pixels[i] = as_input(self._expression_face(rng, row, source.name)[None], config.side)[0]
            trust = 1 - (1 - config.trust.get(source.name, 1.0)) * ramp
            served[i] = trust * LABEL_SMOOTHING / CLASSES
            served[i, label] += trust * (1 - LABEL_SMOOTHING)
            log_prior[i] = source.log_prior
            if self.teacher is not None:
                self._teach(served[i], self.teacher.expressions[row], log_prior[i])
        return Batch(pixels, log_prior, served, fer2013)

    def _teach(self, target: NDArray[np.float32], logits: NDArray, log_prior: NDArray) -> None:
        """Mix the teacher's prediction under this source's prior into a row's target."""
        if target.any():
            target += self.config.taught * (softmax(logits + log_prior) - target)

    def _fer_face(self, rng: np.random.Generator, row: int) -> NDArray[np.uint8]:
        x, y = FER_PX * rng.uniform(-0.06, 0.06, 2)
        zoom, turn = float(np.exp(rng.uniform(-0.12, 0.1))), float(np.deg2rad(rng.normal(0, 8)))
        middle = (FER_PX - 1) / 2
        face = square(
            self.fer.pixels[row], (middle + x, middle + y), FER_PX * zoom, turn, FER_PX, rng.random() < 0.5
        )  # fmt: skip
        return degrade.degrade(rng, degrade.black_rim(rng, face) if rng.random() < 0.1 else face)

    def _expression_face(self, rng: np.random.Generator, row: int, source: str) -> NDArray[np.uint8]:
        zoom = TIGHTER.get(source, 0.97) * float(np.exp(rng.uniform(-0.13, 0.13)))
        turn = float(np.deg2rad(rng.normal(0, 8)))
        x, y = rng.uniform(-0.07, 0.07, 2).tolist()
        side = self.config.side if self.config.side == FER_PX or rng.random() < LARGE else FER_PX
        face = cut_row(self.expressions, row, self.geometry, side, zoom, turn, (x, y), rng.random() < 0.5)
        if source == MASKED:
            face = degrade.fill_rim(rng, face) if rng.random() < 0.5 else face
        elif rng.random() < 0.12:
            face = degrade.black_rim(rng, face)
        return degrade.degrade(rng, face)
