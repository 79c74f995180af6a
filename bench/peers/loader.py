"""Random windows per second of a loader, the peer of bench/loader.ts.

    loader.py ours DATASET WORKERS CACHE [FIELD ...]        sluice.torch.WindowLoader
    loader.py lerobot EXPORT WORKERS CACHE [FIELD ...]      LeRobotDataset and PyTorch's DataLoader,
                                                            of the same data

Windows have 16 steps of each field. Reads a number of seconds a line, answers with windows/s. Both
give shuffled batches of the same size as tensors; each tensor is touched once.
"""

import os
import sys
import time
import warnings

os.environ["OMP_NUM_THREADS"] = "1"
side, place, workers, cache, *fields = sys.argv[1:]
os.environ["HF_HOME"] = cache
os.environ["HF_HUB_OFFLINE"] = "1"
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "python", "src"))

import torch  # noqa: E402

warnings.simplefilter("ignore")
torch.set_num_threads(1)

STEPS = 16
BATCH = int(os.environ.get("LOADER_BATCH", "64"))


def ours():
    from sluice.dataset import open_dataset
    from sluice.torch import WindowDataset, WindowLoader

    windows = WindowDataset(open_dataset(place, cache=cache), fields, length=STEPS, split=None)
    return WindowLoader(windows, BATCH, shuffle=True, drop_last=True, workers=int(workers))


def lerobot():
    from lerobot.datasets.lerobot_dataset import LeRobotDataset

    rate = LeRobotDataset("sluice/bench", root=place).fps
    steps = {field: [step / rate for step in range(STEPS)] for field in fields}
    dataset = LeRobotDataset("sluice/bench", root=place, video_backend="pyav", delta_timestamps=steps)
    return torch.utils.data.DataLoader(
        dataset,
        batch_size=BATCH,
        shuffle=True,
        drop_last=True,
        num_workers=int(workers),
        persistent_workers=int(workers) > 0,
    )


loader = ours() if side == "ours" else lerobot()
generator = iter(loader)


def batch():
    global generator
    try:
        return next(generator)
    except StopIteration:
        generator = iter(loader)
        return next(generator)


for line in sys.stdin:
    seconds, windows, started = float(line), 0, time.perf_counter()
    while time.perf_counter() - started < seconds:
        for value in batch().values():
            if isinstance(value, torch.Tensor):
                value.view(-1)[0].item()
        windows += BATCH
    print(windows / (time.perf_counter() - started), flush=True)
