"""What LeRobot makes of a dataset: python lerobot_read.py DIRECTORY CACHE prints JSON.

Statistics stand beside those that LeRobot computes of the rows it loads; quantiles beside those of
NumPy, as LeRobot's come of histograms, and those of a dataset are a mean over its episodes.
"""

import json
import os
import sys
import warnings

os.environ["HF_HOME"] = sys.argv[2]  # rows are cached there, which would outlive a test
os.environ["HF_HUB_OFFLINE"] = "1"

import numpy
import pandas
import torch

warnings.simplefilter("ignore")  # of torchvision, about its own video reader

from lerobot.datasets.compute_stats import aggregate_stats, get_feature_stats
from lerobot.datasets.lerobot_dataset import LeRobotDataset
from lerobot.datasets.utils import dataset_to_policy_features


def load(**options):
    # PyAV brings its codecs with it; torchcodec needs those of the system.
    return LeRobotDataset("sluice/test", root=sys.argv[1], video_backend="pyav", **options)


def statistics_of(rows):
    """As compute_episode_stats() has it, which reads pictures from PNG files."""
    statistics = {}
    for name, values in rows.items():
        if name in dataset.meta.camera_keys:
            pixels = numpy.round(values * 255)  # of bytes, as LeRobot takes them, squares overflow
            found = get_feature_stats(pixels, axis=(0, 2, 3), keepdims=True)
            statistics[name] = {
                key: value if key == "count" else numpy.squeeze(value / 255, axis=0)
                for key, value in found.items()
            }
        else:
            # In double precision: in that of the rows it loses digits of the deviation.
            values = values.astype(numpy.float64)
            statistics[name] = get_feature_stats(values, axis=0, keepdims=values.ndim == 1)
        statistics[name] |= quantiles_of(values, name in dataset.meta.camera_keys)
    return statistics


def quantiles_of(values, is_camera):
    """By channel of pictures, which come before height and width, else by the last axis.

    Of pictures [3, 1, 1], as LeRobot has it.
    """
    if is_camera:
        values = numpy.moveaxis(values, 1, -1)
    rows = values.reshape(-1, values.shape[-1] if values.ndim > 1 else 1).astype(numpy.float64)
    parts = {part: numpy.quantile(rows, part / 100, axis=0) for part in (1, 10, 50, 90, 99)}
    shape = (-1, 1, 1) if is_camera else (-1,)
    return {f"q{part:02}": value.reshape(shape) for part, value in parts.items()}


def plain(statistics):
    return {
        name: {key: numpy.asarray(value, dtype=float).tolist() for key, value in moments.items()}
        for name, moments in statistics.items()
    }


dataset = load()
items = [dataset[index] for index in range(len(dataset))]
names = [name for name in dataset.features if name in items[0]]
rows = {name: numpy.stack([item[name].numpy() for item in items]) for name in names}

episodes, computed = [], []
for episode in dataset.meta.episodes:
    first, end = episode["dataset_from_index"], episode["dataset_to_index"]
    computed.append(statistics_of({name: values[first:end] for name, values in rows.items()}))
    episodes.append({"length": episode["length"], "tasks": list(episode["tasks"]), "first": first})

records = pandas.read_parquet(sorted((dataset.root / "meta/episodes").glob("*/*.parquet")))
written = [
    {name: {key: record[f"stats/{name}/{key}"] for key in computed[0][name]} for name in names}
    for _, record in records.iterrows()
]

total = aggregate_stats(computed)
for name, values in rows.items():
    total[name] |= quantiles_of(values, name in dataset.meta.camera_keys)

window = load(delta_timestamps={"action": [0.0, 1 / dataset.fps], "observation.state": [0.0]})
batch = next(iter(torch.utils.data.DataLoader(window, batch_size=4)))

print(json.dumps({
    "fps": dataset.fps,
    "tasks": dataset.meta.tasks.index.tolist(),
    "episodes": episodes,
    "task": [item["task"] for item in items],
    "dtypes": {name: str(values.dtype) for name, values in rows.items()},
    "rows": {name: values.tolist() for name, values in rows.items()},
    "policy": {
        name: feature.type.value
        for name, feature in dataset_to_policy_features(dataset.features).items()
    },
    "batch": {name: list(batch[name].shape) for name in ("action", "observation.state")},
    "written": written,
    "computed": [plain(each) for each in computed],
    "total_written": plain(dataset.meta.stats),
    "total_computed": plain(total),
}, default=lambda value: value.tolist()))
