"""Read a run's files for a page: cached until they change; a sentence where one is missing or damaged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from fizzog_core import settings
from fizzog_core.errors import FizzogError
from fizzog_core.evaluation import runs
from fizzog_core.evaluation.runs import Run
from pages.ui.download import save_button

READERS: dict[str, Callable[[Run], Any]] = {
    "card": runs.card,
    "config": runs.config,
    "history": runs.history,
    "predictions": runs.predictions,
    "class_predictions": runs.class_predictions,
    "source_predictions": runs.source_predictions,
    "held_out_sources": runs.held_out_sources,
    "layers": runs.layers,
    "latency": runs.latency,
}


def found() -> tuple[Run, ...]:
    """Every published, kept and training run on this machine."""
    known = settings.get()
    return runs.discover(known.models, known.runs)


@st.cache_data(show_spinner=False, max_entries=100)
def _read(what: str, folder: str, stamp: int, _run: Run) -> Any:
    return READERS[what](_run)


def read(what: str, run: Run, missing: str = "") -> Any:
    """One of READERS for a run. Shows ``missing`` for a file that is not there, and a sentence for a damaged one; both
    give None."""
    stamp = sum(file.stat().st_mtime_ns for file in run.folder.iterdir() if file.is_file())
    try:
        value = _read(what, str(run.folder), stamp, run)
    except FizzogError as error:
        st.warning(str(error), icon=":material/broken_image:")
        return None
    if value is None and missing:
        st.info(f"{run.title}: {missing}", icon=":material/info:")
    return value


def each(chosen: Sequence[Run]) -> Any:
    """The runs one after the other, each under its name if there are several."""
    for run in chosen:
        if len(chosen) > 1:
            st.subheader(run.title, divider="gray")
        yield run


def table(data: pd.DataFrame, name: str, label: str = "The numbers as a table", **config: Any) -> None:
    """A table behind a fold, and its download as CSV."""
    with st.expander(label, icon=":material/table:"):
        st.dataframe(data, hide_index=True, column_config=config or None)
        download(data, name)


def download(data: pd.DataFrame, name: str) -> None:
    """A button that saves a table as ``name``.csv."""
    save_button("Download CSV", f"{name}.csv", lambda: data.to_csv(index=False), key=f"csv-{name}")


def percent(value: float) -> str:
    """A share as "66.3 %"."""
    return f"{100 * value:.1f} %"
