"""Every command line in the documents exists: module, command, options, make target, file."""

import importlib.util
import re
import shlex
from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import typer.core
import typer.main

from fizzog_core.cli.main import app
from fizzog_core.labels import TASKS
from tests.support.paths import ROOT, files
from training import __main__ as training

DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / ".ci" / "run",
    *files("docs", "**/*.md"),
    *files("training", "**/*.md"),
]
START = re.compile(r"(?:^|[\s`(])((?:python -m|fizzog|make|pytest|streamlit run|pip install) [^`\n]*)")
MAKE_TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
OTHER_MODULES = {"venv", "pytest", "pip"}


def code(text: str) -> list[str]:
    """The lines of Markdown's code blocks and the inline code of ``text``; a line that ends in a backslash is joined
    with the next."""
    text = text.replace("\\\n", " ")
    blocks = re.findall(r"^```[a-z]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    indented = re.findall(r"^    (\S.*)", text, re.MULTILINE)
    inline = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))
    return [line for block in blocks for line in block.splitlines()] + indented + inline


def commands(text: str) -> list[str]:
    """The command lines of ``text``, without comments."""
    found = (START.search(line) for line in code(text))
    lines = [re.split(r"\s#|\s\||&&|;", match[1])[0].strip() for match in found if match]
    return sorted(set(lines))


WRITTEN = [(path.relative_to(ROOT), line) for path in DOCUMENTS for line in commands(path.read_text(encoding="utf-8"))]


@lru_cache
def core_commands() -> Mapping[str, Any]:
    return typer.main.get_group(app).commands


@lru_cache
def training_command(name: str) -> Any:
    return typer.main.get_group(training.build([name])).commands[name]


def problem(line: str) -> str:
    """What is wrong with a command line; empty if nothing."""
    first, *words = shlex.split(line, comments=True)
    if first == "make":
        return "" if {word for word in words if "=" not in word} <= MAKE_TARGETS else "no such target"
    if first in ("pytest", "streamlit"):
        return _missing_file([word for word in words if word.endswith(".py") and "*" not in word])
    if first == "pip":
        return _missing_file([after for word, after in pairwise(words) if word in ("-r", "-c")])
    if first == "fizzog":
        return _missing_command(core_commands(), words)
    module, *words = words[1:]
    if module == "fizzog_core":
        return _missing_command(core_commands(), words)
    if module == "training":
        if not words or words[0].startswith("-"):
            return ""
        if words[0] not in training.COMMANDS:
            return "" if words[0].isupper() else f"no command {words[0]}"
        return _missing_option(training_command(words[0]), words[1:])
    if module in OTHER_MODULES:
        return ""
    try:
        return "" if importlib.util.find_spec(module) else f"no module {module}"
    except ModuleNotFoundError:
        return f"no module {module}"


def _missing_file(names: list[str]) -> str:
    missing = [name for name in names if not (ROOT / name).is_file()]
    return f"no file {missing[0]}" if missing else ""


def _missing_command(known: Mapping[str, Any], words: list[str]) -> str:
    if not words or words[0].startswith("-"):
        return ""
    return _missing_option(known[words[0]], words[1:]) if words[0] in known else f"no command {words[0]}"


def _missing_option(command: Any, words: list[str]) -> str:
    if isinstance(command, typer.core.TyperGroup):
        if not words or words[0].startswith("-"):
            return ""
        return _missing_command(dict(command.commands), words) if not words[0].isupper() else ""
    known = {"--help"} | {name for one in command.params for name in (*one.opts, *one.secondary_opts)}
    options = [word.partition("=")[0] for word in words if word.startswith("--")]
    missing = [option for option in options if option not in known]
    return f"no option {missing[0]}" if missing else ""


@pytest.mark.parametrize(("path", "line"), WRITTEN, ids=[f"{path}: {line}" for path, line in WRITTEN])
def test_exists(path: Path, line: str) -> None:
    assert not problem(line), f"{path}: {line}: {problem(line)}"


RECIPES = [line for path, line in WRITTEN if path.name == "recipes.md" and line.startswith("python -m training ")]


@pytest.mark.parametrize("line", RECIPES)
def test_a_recipe_has_every_required_argument_with_a_valid_value(line: str) -> None:
    name, *words = shlex.split(line)[3:]
    command = training_command(name)
    if isinstance(command, typer.core.TyperGroup):
        name = words.pop(0)
        command = command.commands[name]
    context = command.make_context(name, words)
    assert all(context.params[option.name or ""] is not None for option in command.params if option.required)


def test_recipes_publish_every_task() -> None:
    published = {shlex.split(line)[4] for line in RECIPES if line.startswith("python -m training publish ")}
    assert published == set(TASKS)


def test_finds_the_commands_of_a_document() -> None:
    assert commands("") == []
    text = "Run `make test`.\n```\nmake run  # site\npython -m training train a \\\n    --data b\n```\nmake nothing\n"
    assert commands(text) == ["make run", "make test", "python -m training train a      --data b"]
    assert len(WRITTEN) > 50


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("make", ""),
        ("make tea", "target"),
        ("pytest tests/unit/test_no.py", "file"),
        ("pip install -r no.txt", "file"),
        ("fizzog tea", "command"),
        ("fizzog analyze a.jpg --tea", "option"),
        ("fizzog analyze a.jpg --json", ""),
        ("python -m fizzog_core tea", "command"),
        ("python -m training tea", "command"),
        ("python -m training train a --tea", "option"),
        ("python -m training prepare fer2013 --tea", "option"),
        ("python -m benchmarks.tea", "module"),
        ("python -m benchmarks.tea.pot", "module"),
        ("python -m training train CONFIG --data FOLDER", ""),
    ],
)
def test_names_what_is_wrong(line: str, word: str) -> None:
    assert word in problem(line)
    assert bool(word) == bool(problem(line))


def test_the_example_of_the_readme_runs(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    [example] = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    exec(example, {})
    assert "('happy'" in capsys.readouterr().out
