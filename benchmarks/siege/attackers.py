"""Repeats attacks in a process of their own, so that they take no time from the honest visitors' program."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence

from benchmarks.siege import attacks_service, attacks_site
from benchmarks.siege.attacks_site import Attack

ATTEMPT_S = 90.0
"""An attempt is given up after this time."""
PAUSE_S = 1.0


def names(part: str) -> tuple[str, ...]:
    """Names of the attacks that contain ``part``."""
    return tuple(name for name in (*attacks_site.ATTACKS, *attacks_service.ATTACKS) if part in name)


def run(chosen: Sequence[str], site: str, service: str, seconds: float) -> dict[str, dict[str, int]]:
    """Repeats all attacks at once for ``seconds``, each from an IP address of its own; counts each one's outcomes."""
    return asyncio.run(_run(chosen, site, service, time.monotonic() + seconds))


async def _run(chosen: Sequence[str], site: str, service: str, end_s: float) -> dict[str, dict[str, int]]:
    counted = await asyncio.gather(
        *(
            _repeat(attacks_site.ATTACKS[name], site, f"127.0.1.{number}", end_s)
            if name in attacks_site.ATTACKS
            else _repeat(attacks_service.ATTACKS[name], service, f"127.0.1.{number}", end_s)
            for number, name in enumerate(chosen, 1)
        )
    )
    return {name: dict(outcomes.most_common(6)) for name, outcomes in zip(chosen, counted, strict=True)}


async def _repeat(attack: Attack, address: str, source: str, end_s: float) -> Counter[str]:
    outcomes = Counter[str]()
    while time.monotonic() < end_s:
        try:
            outcomes[await asyncio.wait_for(attack(address, source), ATTEMPT_S)] += 1
        except TimeoutError:
            outcomes[f"no end within {ATTEMPT_S:.0f} s"] += 1
        except Exception as error:  # an attack may fail in any way
            outcomes[f"{type(error).__name__}: {str(error)[:80]}"] += 1
        await asyncio.sleep(PAUSE_S)
    return outcomes
