"""The package as pip installs it."""

import ast
import graphlib
import json
import os
import pathlib
import subprocess
import sys
import zipfile

import sluice
from sluice._deno import child_environment


def run(*arguments, **more):
    done = subprocess.run(
        [sys.executable, *map(str, arguments)], capture_output=True, text=True, **more
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_versions_of_package_and_checkout_are_equal(checkout):
    assert json.loads((checkout / "deno.json").read_text())["version"] == sluice.__version__


def test_importing_it_imports_nothing_heavy():
    code = "import sys, sluice; print([m for m in ('torch', 'zarr') if m in sys.modules])"
    assert run("-c", code).strip() == "[]"


def test_modules_import_each_other_in_no_circle():
    places = pathlib.Path(sluice.__file__).parent.glob("*.py")
    modules = {place.stem: ast.parse(place.read_text()) for place in places}
    del modules["__init__"]  # which imports the others when a name is asked for
    imported = {
        name: {
            found
            for node in ast.walk(tree)  # in functions and for types alone, too
            if isinstance(node, ast.ImportFrom) and node.level == 1
            for found in ([node.module] if node.module else [alias.name for alias in node.names])
            if found in modules
        }
        for name, tree in modules.items()
    }
    assert imported["pipelines"] >= {"_command", "results"}
    graphlib.TopologicalSorter(imported).prepare()  # raises CycleError


def test_every_public_name_is_there():
    for name in sluice.__all__:
        assert getattr(sluice, name) is not None


def test_a_wheel_builds_installs_and_registers_its_environments(checkout, tmp_path):
    pip = ["-m", "pip", "--disable-pip-version-check", "--no-input"]
    run(*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", tmp_path, checkout / "python")
    (wheel,) = tmp_path.glob("sluice-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "sluice/py.typed" in names
    site = tmp_path / "site"
    run(*pip, "install", "--no-deps", "--target", site, wheel)
    code = (
        "import gymnasium, sluice; env = gymnasium.make('sluice/PushT-v0');"
        "print(env.reset(seed=1)[0]['agent_pos'].shape); env.close()"
    )
    environment = {
        **child_environment(),
        "PYTHONPATH": str(site),
        "SLUICE_CHECKOUT": str(checkout),
        "SLUICE_DENO": os.environ.get("SLUICE_DENO", ""),
    }
    assert run("-c", code, env=environment, cwd=tmp_path).strip() == "(2,)"
    sources = {path.name for path in (checkout / "python").iterdir()}
    assert sources <= {"README.md", "pyproject.toml", "src", "tests"}, "a build leaves nothing"
