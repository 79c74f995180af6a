"""Loaders: the same batches with any number of workers, and nothing left behind however they end."""

import gc
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import sluice
from sluice._gather import order_of

IMAGE = "observation/image"
FIELDS = {"observation": [-1, 0], "action": range(-2, 6), IMAGE: [0]}


@pytest.fixture(scope="module")
def windows(reach, tmp_path_factory) -> sluice.Windows:
    dataset = sluice.open_dataset(reach, cache=tmp_path_factory.mktemp("pictures"))
    return dataset.windows(FIELDS, split=None)


def assert_equal(left, right):
    assert list(left) == list(right)
    for name, values in left.items():
        assert values.dtype == right[name].dtype
        np.testing.assert_array_equal(values, right[name])


def assert_ended(pids):
    """Waits until none of the processes is there, or only as its parent's zombie."""
    deadline = time.monotonic() + 60
    while any(is_alive(pid) for pid in pids):
        assert time.monotonic() < deadline, "a worker is left"
        time.sleep(0.05)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_an_order_is_that_of_its_seed_and_epoch():
    # By another way to the same: numbers of Philox, whose low bits are replaced.
    low = 3
    drawn = np.random.Philox(key=np.array([7, 2], np.uint64)).random_raw(6).tolist()
    keys = sorted((value >> low << low) | at for at, value in enumerate(drawn))
    assert order_of(6, 7, 2).tolist() == [key & 7 for key in keys]
    assert order_of(10, 1, 0).tolist() == GOLDEN
    for count in (1, 2, 257):
        assert sorted(order_of(count, 3, 1).tolist()) == list(range(count))
    assert order_of(50, 1, 0).tolist() != order_of(50, 1, 1).tolist() != order_of(50, 2, 1).tolist()


#: Stays, or a training that is resumed sees other batches.
GOLDEN = [3, 5, 2, 9, 7, 0, 8, 6, 1, 4]


@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("shuffle", [False, True])
def test_batches_are_the_same_with_any_number_of_workers(windows, shuffle, drop_last):
    kept = []
    for workers in (0, 1, 3):
        arguments = {"shuffle": shuffle, "drop_last": drop_last, "seed": 5, "workers": workers}
        with sluice.WindowLoader(windows, 7, **arguments) as loader:
            epochs = [list(loader), list(loader)]
            assert len(epochs[0]) == len(loader) == len(windows) // 7 + (not drop_last)
        kept.append([batch for epoch in epochs for batch in epoch])
    order = order_of(len(windows), 5, 1) if shuffle else np.arange(len(windows))
    assert_equal(kept[0][len(loader)], windows.batch(order[:7]))
    for others in kept[1:]:
        assert len(others) == len(kept[0])
        for batch, other in zip(kept[0], others, strict=True):
            assert_equal(batch, other)


def test_a_loader_goes_on_with_the_epoch_that_is_set(windows):
    with sluice.WindowLoader(windows, 7, shuffle=True, workers=2) as loader:
        list(loader)
        second = list(loader)
        next(iter(loader))  # the third is left in its middle
        loader.epoch = 1
        for batch, other in zip(second, loader, strict=True):
            assert_equal(batch, other)
        assert loader.epoch == 2


def test_slots_are_free_once_nobody_holds_their_arrays(windows):
    with sluice.WindowLoader(windows, 7, workers=1) as loader:
        part = next(iter(loader))["action"][1:, 2]  # a view of a view
        expected = part.copy()
        for _ in range(3):
            list(loader)
        np.testing.assert_array_equal(part, expected)
        pool = loader._pool
        assert len(pool._lent) == 1
        del part
        gc.collect()
        assert len(pool._lent) == 0
        assert len(pool._free) + len(pool._asked) == 5


def test_an_iteration_that_another_has_replaced_is_refused(windows):
    with sluice.WindowLoader(windows, 7, workers=2) as loader:
        first = iter(loader)
        next(first)
        list(loader)
        with pytest.raises(sluice.SluiceError, match="another iteration over the loader has begun"):
            list(first)


def test_a_worker_that_is_killed_is_an_exception(windows):
    with sluice.WindowLoader(windows, 7, workers=2) as loader:
        list(loader)
        pids = [process.pid for process in loader._pool._processes]
        os.kill(pids[1], signal.SIGKILL)
        with pytest.raises(sluice.ChildDiedError, match="has ended by SIGKILL"):
            for _ in range(9):  # some answers may have come before
                list(loader)
        assert_ended(pids)
        assert len(list(loader)) == len(loader), "new workers are started"


def test_what_goes_wrong_in_a_worker_is_told(reach, tmp_path):
    dataset = sluice.open_dataset(reach, cache=tmp_path)
    windows = dataset.windows(FIELDS, split=None)
    (file,) = tmp_path.rglob("*.npy")
    file.unlink()
    with sluice.WindowLoader(windows, 7, workers=1) as loader:
        with pytest.raises(sluice.SluiceError, match="(?s)worker of the loader failed.*No such file"):
            list(loader)


PROGRAM = """
import sys
import sluice
windows = sluice.open_dataset(sys.argv[1], cache=sys.argv[2]).windows(["action"], 4, split=None)
loader = sluice.WindowLoader(windows, 3, workers=2)
batches = iter(loader)
next(batches)
print(*(process.pid for process in loader._pool._processes), flush=True)
while True:
    for batch in loader:
        pass
"""


@pytest.mark.parametrize("end", ["kill", "interrupt"])
def test_no_worker_is_left_of_a_program_that_ends(reach, tmp_path, end):
    source = str(Path(sluice.__file__).parents[1])
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(reach), str(tmp_path)],
        env={**os.environ, "PYTHONPATH": source},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        process_group=0,
        text=True,
    )
    pids = [int(pid) for pid in program.stdout.readline().split()]
    assert len(pids) == 2
    if end == "kill":
        program.kill()
    else:
        os.killpg(program.pid, signal.SIGINT)
    said = program.communicate()[1]
    if end == "kill":
        assert said == ""
    else:
        assert said.rstrip().endswith("KeyboardInterrupt")
        assert "runpy" not in said, "a worker was interrupted, too"
    assert_ended(pids)


def test_a_fork_has_workers_of_its_own(windows):
    with sluice.WindowLoader(windows, 7, shuffle=True, workers=1) as loader:
        first = list(loader)
        loader.epoch = 0
        child = os.fork()
        if child == 0:
            same = all(
                np.array_equal(values, other[name])
                for batch, other in zip(first, loader, strict=True)
                for name, values in batch.items()
            )
            loader.close()
            os._exit(0 if same else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        for batch, other in zip(first, loader, strict=True):
            assert_equal(batch, other)


def test_bad_input_is_named(windows):
    for arguments, message in [
        ({"batch_size": 0}, '"batch_size" to be an integer at least 1, found 0'),
        ({"batch_size": 2.5}, '"batch_size" to be an integer at least 1, found 2.5'),
        ({"seed": -1}, '"seed" to be an integer in'),
        ({"workers": -1}, '"workers" to be an integer at least 0'),
        ({"batch_size": 10**6, "drop_last": True}, "expected at least 1000000, found"),
    ]:
        with pytest.raises(sluice.InvalidInputError, match=message):
            sluice.WindowLoader(windows, **arguments)


@pytest.mark.parametrize("workers", [0, 2])
def test_torch_gets_the_same_batches(windows, workers):
    torch = pytest.importorskip("torch")
    from sluice.torch import WindowDataset, WindowLoader

    dataset = WindowDataset(windows.dataset, FIELDS, split=None)
    with (
        WindowLoader(dataset, 7, shuffle=True, workers=workers) as loader,
        sluice.WindowLoader(windows, 7, shuffle=True) as expected,
    ):
        batches = list(loader)
        for batch, other in zip(batches, expected, strict=True):
            assert all(isinstance(values, torch.Tensor) for values in batch.values())
            assert_equal({name: values.numpy() for name, values in batch.items()}, other)
    if not torch.cuda.is_available():
        with pytest.raises(sluice.InvalidInputError, match="found none: remove it"):
            WindowLoader(dataset, pin_memory=True)
