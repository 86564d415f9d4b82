"""The mean of two runs' weights, as a run of its own: ``python -m training average RUN OTHER --share 0.7 --out RUN``.

The mean of a network and the one that it started from often keeps the strengths of both (Wortsman et al. 2022): here
one has the higher accuracy on FER2013, the other on whole pictures.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from fizzog_core.errors import DataError
from training.evaluation import results
from training.evaluation.tasks import TASKS
from training.fit import configs, train


def average(run: Path, other: Path, share: float, out: Path) -> Path:
    """Write to the folder ``out`` a run with ``share`` times the weights of ``run`` plus the rest of those of
    ``other``, which is widened if it is narrower; return ``out``. Raises DataError."""
    if not 0 <= share <= 1:
        raise DataError(f"Expected a share from 0 to 1, got {share}.")
    config = configs.stored(run)
    network = results.best_network(TASKS[config.task], config, run)
    pairs = zip(network.get_weights(), train.start_weights(replace(config, start=other.name), other), strict=True)
    network.set_weights([np.float32(share) * mine + np.float32(1 - share) * theirs for mine, theirs in pairs])
    out.mkdir(parents=True, exist_ok=True)
    averaged = replace(config, averaged=f"{share:g} of {run.name}, {1 - share:g} of {other.name}")
    configs.write(out, averaged, "float32")
    shutil.copy(run / "history.csv", out / "history.csv")
    network.save_weights(out / "best.weights.h5")
    return out


def main(
    run: Annotated[Path, typer.Argument(help="folder of a run")],
    other: Annotated[Path, typer.Argument(help="folder of a run of the same network, no wider")],
    share: Annotated[float, typer.Option(help="share of the first run's weights, 0 to 1")],
    out: Annotated[Path, typer.Option(help="folder of the new run")],
) -> None:
    """Average two runs' weights."""
    average(run, other, share, out)
