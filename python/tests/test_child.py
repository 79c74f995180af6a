"""The process that simulates: how it is found, how it ends, and what it prints."""

import json
import os
import signal
import subprocess
import sys
import textwrap

import numpy as np
import pytest

import sluice
from sluice import _deno
from sluice.errors import ChildDiedError, DenoNotFoundError, SluiceError, VersionMismatchError


def ended(pid):
    """Waits for a process that is no child of this one."""
    descriptor = os.pidfd_open(pid) if hasattr(os, "pidfd_open") else None
    if descriptor is None:
        pytest.skip("the system cannot wait for it")
    import select

    return bool(select.select([descriptor], [], [], 30)[0])


def test_a_killed_child_is_an_exception_with_its_last_words():
    with sluice.make("reach") as env:
        env.reset(seed=1)
        os.kill(env._session.pid, signal.SIGKILL)
        with pytest.raises(ChildDiedError, match="signal 9"):
            env.step(np.zeros(4))
        with pytest.raises(ChildDiedError, match="closed"):
            env.step(np.zeros(4))
        with pytest.raises(ChildDiedError):
            env.reset(seed=1)


def test_a_killed_parent_leaves_no_child():
    code = """
        import sluice, sys, time
        env = sluice.make("reach")
        env.reset(seed=1)
        print(env._session.pid, flush=True)
        time.sleep(600)
    """
    parent = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, text=True
    )
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    assert ended(child)


def test_a_parent_that_is_killed_at_once_leaves_no_child():
    code = """
        import time
        from sluice._child import Child
        from sluice._deno import deno_command
        child = Child(lambda pipes: deno_command("env-server", "--fds", pipes))
        print(child.pid, flush=True)
        time.sleep(600)
    """
    parent = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, text=True
    )
    child = int(parent.stdout.readline())
    parent.kill()  # before the child has opened its pipes
    parent.wait()
    assert ended(child)


def test_closing_and_forgetting_end_the_child():
    env = sluice.make("push-t")
    child = env._session.pid
    env.close()
    env.close()
    assert not os.path.exists(f"/proc/{child}")
    with pytest.raises(ChildDiedError, match="closed"):
        env.reset(seed=1)
    env = sluice.make("push-t")
    child = env._session.pid
    del env
    assert not os.path.exists(f"/proc/{child}")


def test_a_fork_has_no_part_in_the_child():
    with sluice.make("push-t") as env:
        env.reset(seed=1)
        fork = os.fork()
        if fork == 0:
            try:
                env.step(np.zeros(2))
            except ChildDiedError as error:
                os._exit(0 if "fork" in str(error) else 2)
            os._exit(1)
        assert os.waitstatus_to_exitcode(os.waitpid(fork, 0)[1]) == 0
        env.step(np.zeros(2))


def test_what_a_module_prints_goes_to_the_log(tmp_path):
    module = tmp_path / "talk.ts"
    module.write_text('console.log("spoken"); console.error("cried");\n')
    log = tmp_path / "log.txt"
    with sluice.make("push-t", modules=[module], log=log) as env:
        env.reset(seed=1)
        env.step(np.zeros(2))
    assert log.read_text() == "spoken\ncried\n"


def test_a_module_that_ends_the_process_is_an_exception(tmp_path):
    module = tmp_path / "leave.ts"
    module.write_text('console.error("leaving"); Deno.exit(7);\n')
    with pytest.raises(ChildDiedError, match="(?s)status 7.*leaving"):
        sluice.make("push-t", modules=[module])


def test_an_interrupted_step_ends_the_child(monkeypatch):
    with sluice.make("push-t") as env:
        env.reset(seed=1)

        def interrupted(kind):
            raise KeyboardInterrupt

        monkeypatch.setattr(env._session._child.stream, "receive", interrupted)
        with pytest.raises(KeyboardInterrupt):
            env.step(np.zeros(2))
        with pytest.raises(ChildDiedError, match="closed"):
            env.step(np.zeros(2))


def test_nonsense_in_place_of_an_answer_is_an_exception(monkeypatch):
    with sluice.make("push-t") as env:
        env.reset(seed=1)
        with pytest.raises(SluiceError, match="type 99"):
            env._session._exchange(99, b"")


def test_credentials_are_not_given_to_the_child(monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary")
    monkeypatch.setenv("TEMPORAL_API_KEY", "canary")
    monkeypatch.setenv("SLUICE_TOKEN", "canary")
    assert "canary" not in _deno.child_environment().values()


def checkout_of_version(folder, version):
    (folder / "deno.json").write_text(json.dumps({"name": "@sluice/sluice", "version": version}))
    return folder


def test_a_checkout_of_another_version_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("SLUICE_CHECKOUT", str(checkout_of_version(tmp_path, "9.9.9")))
    with pytest.raises(VersionMismatchError, match=r"found 9\.9\.9: pip install"):
        sluice.make("reach")


def test_a_named_checkout_that_is_none_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("SLUICE_CHECKOUT", str(tmp_path))
    with pytest.raises(DenoNotFoundError, match="SLUICE_CHECKOUT"):
        sluice.make("reach")


def test_a_machine_without_deno_is_told_how_to_get_it(monkeypatch, tmp_path, checkout):
    monkeypatch.setenv("SLUICE_DENO", str(tmp_path / "deno"))
    _deno.find_deno.cache_clear()
    try:
        with pytest.raises(DenoNotFoundError, match="pip install deno=="):
            sluice.make("reach")
    finally:
        _deno.find_deno.cache_clear()


def test_another_deno_is_warned_of(monkeypatch, tmp_path, checkout):
    fake = tmp_path / "deno"
    fake.write_text('#!/bin/sh\necho \'["/opt/deno","1.0.0"]\'\n')
    fake.chmod(0o755)
    monkeypatch.setenv("SLUICE_DENO", str(fake))
    _deno.find_deno.cache_clear()
    with pytest.warns(RuntimeWarning, match="this is 1.0.0"):
        assert _deno.find_deno(checkout) == "/opt/deno"
    _deno.find_deno.cache_clear()


def test_a_client_of_another_version_is_refused(monkeypatch):
    monkeypatch.setattr("sluice._session.__version__", "0.0.1")
    with pytest.raises(SluiceError, match="found protocol 1 of Sluice .0.0.1."):
        sluice.make("reach")
