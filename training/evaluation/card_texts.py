"""Texts and measured choices of each task's card: data set, licence, limits, crop, thresholds."""

from __future__ import annotations

from dataclasses import dataclass

from fizzog_core.networks.model_card import CropGeometry


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFacts:
    """``wanted``: share of correct predictions above the "not sure" threshold on validation rows; the
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

EMOTION_SOURCES = (
    "VGGFace2 (Cao et al. 2018): the weights that the training started from, MobileNet for recognising people, by A. "
    "Savchenko (HSE_FaceRec_tf, Apache License 2.0); its pictures are for research.",
    "FER2013 (Goodfellow et al. 2013), published labels, and FER+ votes (Barsoum et al. 2016): for research.",
    "RAF-DB, basic expressions (Li, Deng and Du 2017): non-commercial research, on request; official split.",
    "AffectNet (Mollahosseini et al. 2017), apparently, black outside the face: non-commercial research, on request; "
    "about a quarter of the labels is wrong, so a third of each target is the network's own prediction.",
    "KDEF (Lundqvist, Flykt and Ohman 1998): non-commercial research.",
    "CK+ (Lucey et al. 2010): research, on request; its eighth class, contempt, is left out.",
    "NimStim (Tottenham et al. 2009), three expressions: research.",
    "Radboud Faces (Langner et al. 2010), about 20 people: research, on request.",
    "A sample of TrainingData's facial expressions, 14 people: CC BY-NC-ND 4.0.",
    "Six sets of stock photographs and web pictures, chosen by key word: no licence is stated; labels are noisy, so "
    "their share and the trust in their labels are lower.",
    "Labeled Faces in the Wild with students' labels: not trained on; measured only.",
)
"""Licence terms from the data sets' own descriptions."""

EMOTION = TaskFacts(
    dataset="The served head learned what people see: FER+ votes on FER2013's training rows, and the labels of 13 "
    "other sources. The FER2013 head learned FER2013's published labels. Figures on PublicTest and PrivateTest are "
    "of the FER2013 head, but for those that name the served head or FER+. All other figures are of the served "
    "head. The test rows named after a source are people or pictures that were not trained on, of a source that "
    "was.",
    licence="Weights: for research, as the owners of the training pictures ask; most allow no other use, and some "
    "pictures have no stated licence. Ask the owners before other use. The code is MIT.",
    limits=(
        "Names an expression on a picture, never what a person feels, intends or is.",
        "The labels are noisy: people agree with FER2013's labels on about two faces of three.",
        "Fear and disgust are found least often; fear is taken for surprise, disgust for anger.",
        "Age and skin tone are not labelled, and sex in one test source only (KDEF, ten people): gaps between "
        "groups are unknown.",
        "Not for decisions about people: hiring, schooling, policing, health, credit or insurance.",
    ),
    crop=CropGeometry(margin=0.1, shift_down=-0.05, aligned=True),
    wanted=0.75,
    lowest_threshold=0.35,
)

KEYPOINTS = TaskFacts(
    dataset="Faces of YouTube Faces, LFW, HELEN (300-W), Webmorph and dlib in Kaggle's framing, subjects disjoint",
    licence=RESEARCH,
    limits=(
        "Faces seen from the side or covered by more than a hand get plausible, not seen, points.",
        "Brow ends differ by up to 3 px of 96 between the sources' conventions; LFW has no brows annotated.",
        "Not for recognising who a person is.",
    ),
    crop=CropGeometry(margin=0.025, shift_down=-0.075),
)

GESTURE = TaskFacts(
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
)
