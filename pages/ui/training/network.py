"""A network: card, layers, cost, latency, and TensorBoard logs."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from fizzog_core import settings
from fizzog_core.charts import architecture
from fizzog_core.evaluation import runs
from fizzog_core.evaluation.runs import Run
from fizzog_core.networks import model_card
from fizzog_core.networks.model_card import ModelCard
from pages.ui.download import save_button
from pages.ui.training import read
from pages.ui.training.compare import metric_table


def show(chosen: Sequence[Run], everything: Sequence[Run]) -> None:
    """Card, layers, latency and logs of each chosen run's network."""
    for run in read.each(chosen):
        card = read.read("card", run, "it has no card yet: `python -m training publish` writes one.")
        layers = read.read("layers", run)
        latency = read.read("latency", run)
        if card is not None:
            _figures(card, run, latency)
        if layers is not None:
            _layers(layers, run)
        elif card is not None:
            st.info(f"The layers are not listed yet: `python -m training profile {run.task}` writes them.")
        if latency is not None:
            _latency(latency)
        _tensorboard(run, everything)
        if card is not None:
            _card(card, run)
        elif config := read.read("config", run):
            st.subheader("Configuration")
            st.json(config)


def _figures(card: ModelCard, run: Run, latency: dict | None) -> None:
    places = st.columns(4)
    places[0].metric("Parameters", f"{card.parameters:,}")
    places[1].metric("Multiply-adds for one input", f"{card.multiply_adds / 1e6:,.1f} M")
    path = run.folder / model_card.NETWORK_FILE
    places[2].metric("File", f"{path.stat().st_size / 2**20:.1f} MiB" if path.is_file() else "not kept")
    one = [call["median_ms"] for call in (latency or {}).get("calls", []) if (call["batch"], call["threads"]) == (1, 1)]
    places[3].metric("One input on one thread", f"{one[0]:.1f} ms" if one else "not measured")


def _layers(layers: pd.DataFrame, run: Run) -> None:
    st.subheader(f"{len(layers)} layers")
    st.altair_chart(architecture.drawing(layers))
    st.caption("From left to right as the data goes. A bar is as high as its map; an arc is a shortcut past layers. "
               "Under the bars: height x width x channels, where they change.")  # fmt: skip
    measure = st.segmented_control("Cost", ["multiply_adds", "parameters"], default="multiply_adds", required=True,
                                   key=f"cost_{run.kind}_{run.name}", bind="query-params",
                                   format_func=lambda name: name.replace("_", "-"))  # fmt: skip
    if layers[measure].sum() > 0:
        with st.expander(f"{str(measure).replace('_', '-')} of each layer", icon=":material/bar_chart:"):
            st.altair_chart(architecture.costs(layers, str(measure)))
    read.table(layers, f"layers-{run.key}", "Every layer as a table")


def _latency(latency: dict) -> None:
    st.subheader("Measured latency")
    st.altair_chart(architecture.latency(latency["calls"]))
    machine = latency["machine"]
    st.caption(
        f"Bars: median; lines reach to the 95th percentile. {machine['processor']}, {machine['cores']} cores, "
        f"load {machine['load_before']} beforehand, {latency['backend']}. Compare ratios, not machines."
    )


def _tensorboard(run: Run, everything: Sequence[Run]) -> None:
    """The command that opens the run's logs, or for a published network those of its task's training folders."""
    st.subheader("TensorBoard")
    folder = runs.tensorboard_folder(run)
    if folder is None and any(runs.tensorboard_folder(other) for other in everything if other.task == run.task):
        folder = settings.get().runs / run.task
    if folder is None:
        st.info(
            f"There are no logs of {run.task} runs on this machine: they stay where a network was trained. "
            f"Every `python -m training train` writes them under `runs/{run.task}/`."
        )
    elif st.button("Show the command that opens the logs", key=f"board-{run.key}", icon=":material/terminal:"):
        shown = folder.relative_to(settings.ROOT) if folder.is_relative_to(settings.ROOT) else folder
        st.code(f".venv/bin/tensorboard --logdir {shown}", language="bash")


def _card(card: ModelCard, run: Run) -> None:
    st.subheader("What it must not be used for, and its limits")
    st.markdown("\n".join(f"- {limit}" for limit in card.limits))
    st.markdown(f"**Data.** {card.dataset}.  \n**Licence.** {card.licence}")
    sizes = ", ".join(f"{name} {count:,}" for name, count in card.split_sizes.items())
    versions = ", ".join(f"{name} {number}" for name, number in card.versions.items())
    st.markdown(
        f"**Rows.** {sizes}.  \n**Published** {card.published or 'without a date'}, with {versions}, seed {card.seed}."
    )
    with st.expander("The card in full", icon=":material/id_card:"):
        plain = {name: getattr(card, name) for name in card.__slots__ if name not in ("metrics", "limits")}
        st.json({name: list(value) if isinstance(value, tuple) else value for name, value in plain.items()})
        st.dataframe(metric_table(card).drop(columns="said"), hide_index=True)
        card_file = run.folder / model_card.CARD_FILE
        save_button("Download card.json", "card.json", card_file.read_bytes, key=f"card-{run.key}")
