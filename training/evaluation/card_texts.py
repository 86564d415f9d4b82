"""What a card says beside the numbers: data set, licence, limits, and the choices that were measured elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from fizzog_core.networks.model_card import CropGeometry


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFacts:
    """``wanted``: share of right answers that the "not sure" threshold aims at on validation rows, and the
    ``lowest_threshold`` and ``lowest_temperature`` allowed; ``crop``: see docs/decisions/003-crop-geometry.md."""

    dataset: str
    licence: str
    limits: tuple[str, ...]
    crop: CropGeometry
    wanted: float = 1.0
    lowest_threshold: float = 0.0
    lowest_temperature: float = 0.0


RESEARCH = (
    "Weights: MIT, as the code. The training data is licensed for research only; ask its owners before other use."
)

FACTS = {
    "emotion": TaskFacts(
        dataset="FER2013 (Goodfellow et al. 2013), published labels; FER+ votes (Barsoum et al. 2016) on training rows",
        licence=RESEARCH,
        limits=(
            "Names an expression on a picture, never what a person feels, intends or is.",
            "The labels are noisy: people agree with them on about two faces of three.",
            "Trained on small grey web pictures, mostly of adults; age, skin tone and sex are not labelled, so gaps "
            "between groups are unknown.",
            "Not for decisions about people: hiring, schooling, policing, health, credit or insurance.",
        ),
        crop=CropGeometry(margin=0.1, shift_down=-0.05, aligned=True),
        wanted=0.75,
        lowest_threshold=0.35,
    ),
    "keypoints": TaskFacts(
        dataset="Faces of YouTube Faces, LFW, HELEN (300-W), Webmorph and dlib in Kaggle's framing, subjects disjoint",
        licence=RESEARCH,
        limits=(
            "Faces seen from the side or covered by more than a hand get plausible, not seen, points.",
            "Brow ends differ by up to 3 px of 96 between the sources' conventions; LFW has no brows annotated.",
            "Not for recognising who a person is.",
        ),
        crop=CropGeometry(margin=0.025, shift_down=-0.075),
    ),
    "gesture": TaskFacts(
        dataset="ASL letters and digits of 30 public sources, as MediaPipe's 21 hand landmarks; signers disjoint",
        licence=RESEARCH,
        limits=(
            "Sees a still hand shape, not sign language: four letters out of it, every other hand is 'none'.",
            "T, M, N, S and E look like A; K and U like V.",
            "A hand that MediaPipe does not find has no gesture; most training hands are right hands, mirrored for "
            "the left.",
        ),
        crop=CropGeometry(margin=0.0),
        wanted=0.995,
        lowest_threshold=0.7,
        lowest_temperature=0.8,  # validation has 0.2 to 0.6, sources held out have this: docs/decisions/053
    ),
}
