"""Pipelines that are run from Python, as the command line runs them."""

import json
import os
import select
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import sluice
from sluice import _progress
from sluice._command import run_command

SMALL = {
    "name": "small",
    "seed": 3,
    "stages": {
        "generate": {"kind": "generate", "environment": "reach", "episodes": 8, "maxSteps": 20},
        "merge": {"kind": "merge", "from": "generate"},
        "train": {"kind": "train", "from": "merge", "steps": 50, "hidden": [16]},
        "evaluate": {"kind": "evaluate", "from": "train", "episodes": 2, "maxSteps": 20},
    },
}

#: A pipeline that does not end by itself within a test.
LONG = {
    **SMALL,
    "name": "long",
    "stages": {**SMALL["stages"], "train": {**SMALL["stages"]["train"], "steps": 10**8}},
}


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def run(root) -> sluice.Run:
    return sluice.run(SMALL, set={"train.steps": 60}, root=root, threads=1, progress=False)


def test_a_run_has_figures_datasets_and_policies(run, root) -> None:
    assert (run.name, run.status, run.error) == ("small/1", "completed", None)
    assert list(run.stages) == list(SMALL["stages"])
    assert run.metrics["merge.total_episodes"] == 8
    assert 0 <= run.metrics["evaluate.success_rate"] <= 1
    assert run.report.is_file() and root in run.report.parents
    assert (run.datasets, run.policies) == (["merge"], ["train"])
    data = run.dataset()
    assert data.episodes == 8 and data.environment == "reach"
    with run.policy() as policy:
        assert policy(data.observations()[0]).shape == (4,)
    with pytest.raises(sluice.InvalidInputError, match="one of merge, found 'train'"):
        run.dataset("train")
    assert "small/1 completed" in run._repr_html_()


def test_a_run_is_used_again_and_listed(run, root) -> None:
    again = sluice.run(SMALL, set={"train.steps": 60}, root=root, progress=False)
    assert all(stage.cached for stage in again.stages.values())
    assert {name: stage.digest for name, stage in again.stages.items()} == {
        name: stage.digest for name, stage in run.stages.items()
    }
    listed = sluice.runs("small", root=root)
    assert [found.name for found in listed] == ["small/1", "small/2"]
    assert listed[0].metrics == run.metrics
    assert listed[0].started is not None and listed[0].damage is None
    assert sluice.runs("other", root=root) == []


def test_bad_input_is_named_and_runs_nothing(tmp_path) -> None:
    for call, message in [
        (lambda: sluice.run("reach-exprt", root=tmp_path), 'find pipeline "reach-exprt"'),
        (lambda: sluice.run(SMALL, set={"train.stebs": 1}, root=tmp_path), 'no parameter "stebs"'),
        (lambda: sluice.run(SMALL, set={"train.steps": -1}, root=tmp_path), "steps"),
        (lambda: sluice.run(SMALL, set={"train.steps": object()}, root=tmp_path), "expected numbers"),
        (lambda: sluice.run({"name": "x", "stages": {1, 2}}, root=tmp_path), "JSON"),
        (lambda: sluice.run({"name": "x"}, root=tmp_path), "stages"),
        (lambda: sluice.run(SMALL, seed=-1, root=tmp_path), "seed"),
        (lambda: sluice.run(SMALL, modules=["none.ts"], root=tmp_path), "none.ts"),
        (lambda: sluice.run("--help", root=tmp_path), 'find pipeline "--help"'),
        (lambda: sluice.run(Path("-x.yaml"), root=tmp_path), 'write "./-x.yaml"'),
        (lambda: sluice.runs("--module=x.ts", root=tmp_path), "expected a name or a path"),
    ]:
        with pytest.raises(sluice.InvalidInputError, match=message):
            call()
    assert list(tmp_path.iterdir()) == []


def test_without_deno_it_says_so(monkeypatch, tmp_path) -> None:
    from sluice import _deno

    monkeypatch.setenv("SLUICE_DENO", str(tmp_path / "deno"))
    _deno.find_deno.cache_clear()
    try:
        with pytest.raises(sluice.DenoNotFoundError, match="pip install deno=="):
            sluice.run("reach-expert", root=tmp_path)
    finally:
        _deno.find_deno.cache_clear()


def test_a_run_that_fails_is_an_exception_with_the_run(root, tmp_path) -> None:
    module = tmp_path / "fail.ts"
    module.write_text(
        """
        import { registerStage } from "@sluice/sluice";
        registerStage({
          kind: "fail",
          summary: "Fails",
          parameters: {},
          reads: { dataset: 1 },
          gives: "table",
          codeVersion: 1,
          draws: false,
          work: { shape: "whole", resource: "simulate" },
          run() { throw new TypeError("no way"); },
        });
        """
    )
    stages = {**SMALL["stages"], "fail": {"kind": "fail", "from": "merge"}}
    stages = {name: stages[name] for name in ("generate", "merge", "fail")}
    with pytest.raises(sluice.RunError, match="no way") as raised:
        sluice.run({**SMALL, "name": "bad", "stages": stages}, modules=[module], root=root)
    failed = raised.value.run
    assert failed is not None and failed.status == "failed"
    assert failed.error["stage"] == "fail" and "merge" in failed.stages


def start(root: Path, tmp_path: Path) -> subprocess.Popen:
    """A program that runs the long pipeline, and trains."""
    code = f"""
        import json, sluice
        sluice.run(json.loads({json.dumps(LONG)!r}), root={str(root)!r}, threads=1)
    """
    program = tmp_path / "program.py"
    program.write_text(textwrap.dedent(code))
    process = subprocess.Popen(
        [sys.executable, str(program)], stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    for line in process.stderr:
        if "train" in line and "running" in line:
            return process
    raise AssertionError(f"it ended with {process.wait()}")


def server_of(root: Path) -> int:
    return json.loads((root / "temporal" / "server.json").read_text())["pid"]


def ended(pid: int) -> bool:
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    return bool(select.select([descriptor], [], [], 60)[0])


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="the system cannot wait for a process")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupt_and_a_death_stop_the_run_and_leave_nothing(how, tmp_path) -> None:
    root = tmp_path / "data"
    process = start(root, tmp_path)
    server = server_of(root)
    os.kill(process.pid, how)
    said = process.stderr.read()
    assert process.wait() != 0
    if how == signal.SIGINT:
        assert "KeyboardInterrupt" in said
    assert ended(server)
    (found,) = sluice.runs(root=root)
    assert found.status is None and "merge" not in found.stages


def test_progress_is_shown_in_lines(capsys) -> None:
    show = _progress.Lines(sys.stderr)
    event = {"event": "stage", "stage": "train", "state": "running", "done": 5, "total": 50}
    show({**event, "unit": "steps", "rate": 12.5, "loss": 0.25})
    show({**event, "done": 6})  # too soon
    show({**event, "state": "completed"})
    show({"event": "note", "text": "a note"})
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].split("  ") == ["▸ train", "running", "5 of 50 steps", "12.5/s", "loss 0.25"]
    assert lines[1].startswith("✔ train  completed") and lines[2] == "a note"


def test_what_a_command_says_is_no_event(root) -> None:
    done = run_command(["runs", "small", "extra"], root=root)
    assert done.status == 2 and done.printed is None and "extra" in done.said
