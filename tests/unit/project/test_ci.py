"""The workflow and the hooks run what make runs."""

import re

from tests.support.paths import ROOT


def lines_of(path: str) -> list[str]:
    return (ROOT / path).read_text(encoding="utf-8").splitlines()


def test_the_hooks_are_the_linters_of_make() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    recipe = re.search(r"^lint: .*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    assert recipe is not None
    linters = [line.strip().replace("$(BIN)", ".venv/bin") for line in recipe[1].splitlines()]
    hooks = [line.split("entry: ")[1] for line in lines_of(".pre-commit-config.yaml") if "entry: " in line]
    assert hooks == linters


def test_the_workflow_calls_the_command_of_ci_with_fixed_actions() -> None:
    lines = lines_of(".github/workflows/ci.yml")
    assert "      - run: .ci/run" in lines
    actions = [line.split("uses: ")[1] for line in lines if "uses: " in line]
    assert actions
    assert [action for action in actions if not re.match(r"[\w/-]+@[0-9a-f]{40} # v", action)] == []
