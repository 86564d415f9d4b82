"""Test splits in words, and all runs beside published figures."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from fizzog_core.charts import runs
from fizzog_core.errors import FizzogError
from fizzog_core.evaluation import baselines, metric_names
from fizzog_core.evaluation.runs import Run
from fizzog_core.networks.model_card import Metric, ModelCard
from pages.ui.training import read
from pages.ui.training.read import percent

SPLIT_NAMES = ("PublicTest", "PrivateTest", "validation", "test")
COMPARE = {
    "emotion": """
- **PublicTest against PrivateTest.** The epoch, the temperature and the threshold were chosen on PublicTest, so only
  PrivateTest says how the network does on new pictures. Each has 3,589 rows: a difference below about 2 points between
  two networks is within the sampling error.
- **7, 6 and 5 classes** are different questions. Fewer classes leave out the hardest rows and wrong answers; their
  figures stand beside others with the same classes only.
- **Averaged with the mirrored picture** is test-time augmentation: compare it with published figures that say so. The
  site itself answers without it.
- **FER+ majority** asks other people for the label. It is no FER2013 figure and not to be listed with them.
- **Through our own detector and crop** the pictures are whole photographs, not FER2013's: it says what a visitor gets.
  Our crop was chosen on the same pictures, which favours it a little.
""",
    "keypoints": """
- **Validation against test.** The epoch was chosen on the validation subjects; no subject of the test split was seen.
- **Kaggle's ranking** is on Kaggle's own pictures, which are not public: its RMSE shows what is usual; no rank follows.
- **RMSE** is over coordinates (x and y apart), as Kaggle counts; a mean distance of a point is about 1.3 times as much.
- **The moved and turned box** is what a detector gives; it is the figure closer to daily use.
""",
    "gesture": """
- **Validation against test.** The epoch, the temperature and the threshold were chosen on the validation signers; the
  test split has other signers and other cameras.
- **A random split of video frames** puts neighbours of one hand on both sides: its 99 % says nothing of a new hand.
- **A missed hand** can be left out or counted as an error; only figures that count it alike may be compared.
""",
}


def splits(chosen: Sequence[Run], _: Sequence[Run]) -> None:
    """Every measured figure by split, with its interval, and what may be compared with what."""
    for run in read.each(chosen):
        card = read.read("card", run, "it has no card: it was not measured on test rows.")
        if card is None or not card.metrics:
            continue
        _gap(card)
        table = metric_table(card)
        by_split = table.pivot_table(index="measure", columns="split", values="said", aggfunc="first", sort=False)
        st.dataframe(by_split[_columns(by_split)].fillna(""), height="content")
        if card.task == "emotion" and not set(table["split"]) - set(SPLIT_NAMES):
            st.info("Through our own detector and crop: this network's card has no such figure yet.")
        read.table(table.drop(columns="said"), f"metrics-{run.key}", "Value, interval and rows as a table")
    st.subheader("What may be compared with what")
    st.markdown(COMPARE[chosen[0].task])


def _columns(table: pd.DataFrame) -> list[str]:
    return sorted(table.columns, key=lambda name: SPLIT_NAMES.index(name) if name in SPLIT_NAMES else 99)


def metric_table(card: ModelCard) -> pd.DataFrame:
    """The card's metrics: measure in words, split, said ("66.3 % (64.8 to 67.9)"), value, low, high, unit, rows."""
    lines = []
    for name, metric in card.metrics.items():
        lines.append(
            {
                "measure": metric_names.in_words(name, metric), "split": metric.split, "said": said(metric),
                "value": metric.value, "low": metric.low, "high": metric.high, "unit": metric.unit, "rows": metric.rows,
            }
        )  # fmt: skip
    return pd.DataFrame(lines)


def said(metric: Metric) -> str:
    """A figure with its interval, shares as percent."""
    if metric.unit:
        return f"{metric.value:.3f} ({metric.low:.3f} to {metric.high:.3f}) {metric.unit}"
    return f"{percent(metric.value)} ({100 * metric.low:.1f} to {100 * metric.high:.1f})"


def _gap(card: ModelCard) -> None:
    chosen_on, new = baselines.SPLITS[card.task][::-1]
    pattern = baselines.HEADLINES[card.task][0][0]
    pair = [card.metrics.get(pattern.format(split=split.lower())) for split in (chosen_on, new)]
    if pair[0] is None or pair[1] is None:
        return
    apart = pair[0].low > pair[1].high or pair[1].low > pair[0].high
    verdict = "their intervals do not overlap: the difference is more than chance" if apart else "the intervals overlap"
    st.markdown(f"{chosen_on} **{said(pair[0])}**, {new} **{said(pair[1])}**: {verdict}.")


def comparison(chosen: Sequence[Run], everything: Sequence[Run]) -> None:
    """All runs of the task with the baselines, and the source projects' figures beside their re-runs."""
    task = chosen[0].task
    parts = [baselines.published(task)]
    for run in (run for run in everything if run.task == task):
        try:
            parts.insert(-1, baselines.of_run(run))
        except FizzogError as error:
            st.warning(str(error), icon=":material/broken_image:")
    table = pd.concat([part for part in parts if not part.empty], ignore_index=True)
    shown = _alike(table, task)
    if len(shown):
        st.altair_chart(runs.comparison(shown))
        st.caption("Lines are 95 % intervals: measured ones for our networks, the sampling error for published figures "
                   "on FER2013. A figure without a line has no interval, or rows that nobody counted.")  # fmt: skip
    else:
        st.info("No figure matches these filters.")
    hidden = ["low", "high", "rerun", "run"]
    st.dataframe(
        shown.drop(columns=hidden),
        hide_index=True,
        column_config={"value": st.column_config.NumberColumn(format="%.4f")},
    )
    read.download(table, f"comparison-{task}")
    _reruns(task, everything)


def _alike(table: pd.DataFrame, task: str) -> pd.DataFrame:
    """Only figures that can be compared: the same kind of split and number of classes."""
    left, middle, right = st.columns(3)
    splits = ["all", *dict.fromkeys(table["split"])]
    split = left.selectbox(
        "Rows measured on",
        splits,
        splits.index("PrivateTest") if task == "emotion" else 0,
        key=f"{task}_measured_on",
        bind="query-params",
    )
    counts = ["all", *(str(n) for n in sorted(table["classes"].dropna().unique(), reverse=True))]
    classes = middle.selectbox(
        "Number of classes",
        counts,
        counts.index("7") if task == "emotion" else 0,
        key=f"{task}_class_count",
        bind="query-params",
    )
    plain = right.toggle("Only without test-time augmentation and extra data", key="plain", bind="query-params")
    kept = table if split == "all" else table[table["split"] == split]
    kept = kept if classes == "all" else kept[kept["classes"] == int(classes)]
    if plain:
        kept = kept[~kept["test_time_augmentation"].eq("yes") & ~kept["extra_data"].isin(["ImageNet", "imagenet"])]
    if split == "all" or classes == "all":
        st.caption("Figures on other rows or with other classes are shown together now: choose both to compare.")
    return kept


def _reruns(task: str, everything: Sequence[Run]) -> None:
    st.subheader("The source projects' networks, as reported and as run again here")
    table = baselines.reruns(task, everything)
    if table["ours"].isna().all():
        st.info("None of these has been run again here yet. A run appears when its folder is under "
                f"`models/{task}/runs/` with the name of its config.")  # fmt: skip
    number = st.column_config.NumberColumn(format="%.3f")
    numbers = ("reported", "ours_as_the_author_split", "ours", "low", "high")
    st.dataframe(table, hide_index=True, column_config=dict.fromkeys(numbers, number))
