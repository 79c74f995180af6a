"""Blocks of docs/python.md, and the notebook, run as they stand; those of a section share their names."""

import importlib.util
import json
import os
import re
import sys

import pytest

import sluice
from sluice._command import run_command
from sluice._deno import find_checkout

DOCS = find_checkout() / "docs"
PAGE = (DOCS / "python.md").read_text()
SECTIONS = {
    title: re.findall(r"^```python( \w+)?\n(.*?)^```$", text, re.M | re.S)
    for title, text in re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S)
}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A data directory for all, so that what one block has computed another finds."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture
def place(home, tmp_path, monkeypatch):
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("SLUICE_HOME", str(home))
    return tmp_path


@pytest.mark.parametrize("title", [title for title, blocks in SECTIONS.items() if blocks])
def test_blocks_run(title, place, request):
    names = {"__name__": "__main__"}
    if title.startswith("Datasets"):
        names["dataset"] = str(request.getfixturevalue("reach"))
    for marker, block in SECTIONS[title]:
        if marker.strip() == "program":
            run_program(place, block)
        elif marker.strip() != "torch" or importlib.util.find_spec("torch"):
            exec(compile(block, f"docs/python.md: {title}", "exec"), names)
    assert os.getcwd() == str(place)


def run_program(place, block):
    """Evaluates a policy that another process computes, by the command that the page has."""
    source = os.path.dirname(os.path.dirname(sluice.__file__))
    head = f"import sys\nsys.path.insert(0, {source!r})\n"
    (place / "my_policy.py").write_text(head + block)
    (command,) = re.findall(r"^deno task (evaluate --policy-command '.*' .*)$", PAGE, re.M)
    task, flag, rest = re.match(r"(\w+) (--policy-command) '(.*)'", command).groups()
    words = [task, flag, rest.replace("python ", f"{sys.executable} "), *command.split("' ")[1].split()]
    done = run_command(
        [*words, "--episodes", "2", "--json"], root=os.environ["SLUICE_HOME"]
    )
    assert done.status == 0, done.said
    assert done.printed["stages"]["evaluate"]["metrics"]["success_rate"] == 1


def test_the_notebook_runs(place, capsys):
    notebook = json.loads((DOCS / "quickstart.ipynb").read_text())
    names = {"__name__": "__main__"}
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    for number, cell in enumerate(cells):
        exec(compile("".join(cell["source"]), f"docs/quickstart.ipynb: cell {number}", "exec"), names)
        assert [output for output in cell["outputs"] if output["output_type"] == "error"] == []
    assert "solved" in capsys.readouterr().out
