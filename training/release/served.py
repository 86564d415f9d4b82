"""Writes a published network as the TensorFlow Lite file that the product runs, and checks it.

The kernels of its convolutions are 8 bit integers: docs/decisions/067-integer-convolutions.md.

python -m training convert TASK --data FOLDER

Publishing does this by itself; the command is for a network that was published without the file.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import keras
import numpy as np
import typer
from ai_edge_quantizer import qtyping
from ai_edge_quantizer.quantizer import Quantizer
from numpy.typing import NDArray

from fizzog_core import settings
from fizzog_core.networks import model_card
from fizzog_core.networks.litert import Program
from fizzog_core.networks.model_card import ModelCard
from training.evaluation import tasks
from training.networks import architectures
from training.release import export, folders

CHECK_ROWS = 256
"""Number of validation rows on which the outputs of both files are compared."""
TOLERANCE = {"keypoints": 0.03, "emotion": 0.1, "gesture": 1e-5}
"""Largest allowed difference, in crop sides or in probabilities. The gesture network has no convolutions."""


def write(network: keras.Model, card: ModelCard, folder: Path, rows: NDArray[np.float32]) -> str:
    """Write ``folder/model.tflite`` and check it on ``rows``; returns its SHA-256.

    The keypoint network's file has one more output column than ``network``, its presence measure. Raises ExportError if
    the outputs of the two files differ by more than the task's ``TOLERANCE``.
    """
    export.require_tensorflow()
    path = folder / model_card.SERVED_FILE
    served = architectures.with_presence(network) if card.task == "keypoints" else network
    path.write_bytes(with_integer_convolutions(export.to_tflite(served, card)))
    program = Program(path)
    export.check(lambda batch: program(batch)[0], served, rows, TOLERANCE[card.task])
    return model_card.checksum(path)


def with_integer_convolutions(content: bytes) -> bytes:
    """The TensorFlow Lite file ``content`` with the kernels of its convolutions, except depthwise ones, as 8 bit
    integers, scaled for each output channel; their inputs are converted while the network runs."""
    kernels = qtyping.TensorQuantizationConfig(num_bits=8, granularity=qtyping.QuantGranularity.CHANNELWISE)
    quantizer = Quantizer(bytearray(content))
    quantizer.update_quantization_recipe(
        regex=".*",
        operation_name=qtyping.TFLOperationName.CONV_2D,
        op_config=qtyping.OpQuantizationConfig(
            weight_tensor_config=kernels, compute_precision=qtyping.ComputePrecision.INTEGER
        ),
    )
    quantized = quantizer.quantize().quantized_model
    assert quantized is not None
    return bytes(quantized)


def main(
    task: Annotated[str, typer.Argument(help="emotion, keypoints or gesture")],
    data: Annotated[Path, typer.Option(help="the data set's folder, or an .npz of training prepare")],
) -> None:
    """Write ``models/TASK/model.tflite`` and its checksum in the card."""
    chosen = tasks.find(task)
    folder = settings.get().models / task
    loaded = chosen.read(data)
    with folders.changed(folder) as draft:
        network, card = export.load(draft)
        rows = chosen.inputs(loaded, loaded.validation_rows()[:CHECK_ROWS], card)
        model_card.save(replace(card, served_sha256=write(network, card, draft, rows)), draft)
    print(
        f"{folder / model_card.SERVED_FILE}: the outputs differ from those of {model_card.NETWORK_FILE} by at most "
        f"{TOLERANCE[task]} on {len(rows)} rows."
    )
