"""Blocks of docs/python.md, and the notebook, run as they stand; those of a section share their names."""

import importlib.util
import json
import os
import re
import subprocess
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


#: Interpreter that has Jupyter: its environment is another one, unless this has it.
JUPYTER = sys.executable if importlib.util.find_spec("nbclient") else os.environ.get("JUPYTER_PYTHON")


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


#: Runs a notebook as Jupyter does, and prints it with its outputs.
EXECUTE = """
import sys, nbclient, nbformat
notebook = nbformat.read(sys.argv[1], as_version=4)
resources = {"metadata": {"path": sys.argv[2]}}
print(nbformat.writes(nbclient.NotebookClient(notebook, timeout=900, resources=resources).execute()))
"""


@pytest.mark.skipif(JUPYTER is None, reason="no Jupyter")
def test_the_notebook_runs_in_jupyter(place):
    source = os.path.dirname(os.path.dirname(sluice.__file__))
    done = subprocess.run(
        [JUPYTER, "-c", EXECUTE, str(DOCS / "quickstart.ipynb"), str(place)],
        # Configurations and histories of whoever runs the tests stay out of it.
        env={**os.environ, "PYTHONPATH": source, "HOME": str(place)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    cells = [cell for cell in json.loads(done.stdout)["cells"] if cell["cell_type"] == "code"]
    outputs = [output for cell in cells for output in cell["outputs"]]
    assert not any(output["output_type"] == "error" for output in outputs)
    (table,) = [
        "".join(output["data"]["text/html"])
        for output in cells[0]["outputs"]
        if output["output_type"] == "execute_result"
    ]
    assert re.search(r"<caption>reach-expert/\d+ completed</caption>.*success_rate", table)
    said = "".join("".join(output.get("text", "")) for output in outputs)
    assert len(re.findall(r"^episode \d: \d+ steps, (?:not )?solved$", said, re.M)) == 3
    assert re.search(r"^reach-expert/\d+: 300 steps, \d+% solved$", said, re.M)
