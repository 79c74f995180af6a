"""Datasets as NumPy: columns are the stored ones, windows are what a loop over steps makes of them."""

import json
import pickle
import shutil

import numpy as np
import pytest
import zarr

import sluice
from sluice.dataset import Dataset


@pytest.fixture(scope="module")
def dataset(reach, tmp_path_factory) -> Dataset:
    return sluice.open_dataset(reach, cache=tmp_path_factory.mktemp("pictures"))


IMAGE = "observation/image"
FIELDS = {"action": range(-2, 3), "reward": [0], IMAGE: [-1, 0], "observation/ee_pos": [3, 0]}


def naive(dataset: Dataset, episode: int, step: int) -> dict[str, np.ndarray]:
    """A window by a loop."""
    columns = dataset.episode(episode)
    item: dict[str, np.ndarray] = {}
    for field, offsets in FIELDS.items():
        length = len(columns[field])
        wanted = [step + offset for offset in offsets]
        item[field] = np.stack([columns[field][min(max(at, 0), length - 1)] for at in wanted])
        item[f"{field}_is_pad"] = np.array([not 0 <= at < length for at in wanted])
    return item


def test_columns_are_the_stored_ones(dataset: Dataset, reach) -> None:
    group = zarr.open_group(str(reach), mode="r")
    assert dataset.environment == "reach" and dataset.control_hz == 20
    assert dataset.steps == group["data/action"].shape[0]
    assert IMAGE in dataset.fields and "success" in dataset.episode_fields
    for field in dataset.fields:
        np.testing.assert_array_equal(dataset.column(field), group[f"data/{field}"][:])
    assert sum(len(episode["action"]) for episode in dataset) == dataset.steps
    with pytest.raises(ValueError):
        dataset.column("action")[0] = 0


def test_observations_are_what_a_policy_sees(dataset: Dataset) -> None:
    order = ["joint_pos", "joint_vel", "ee_pos", "target_pos"]
    assert dataset.observation_fields == tuple(f"observation/{name}" for name in order)
    expected = np.concatenate([dataset.column(f"observation/{name}") for name in order], axis=1)
    np.testing.assert_array_equal(dataset.observations(), expected)
    window = dataset.windows(["observation"], length=3, split=None)[1]
    np.testing.assert_array_equal(window["observation"], expected[1:4])


def test_pictures_are_decoded_once(dataset: Dataset) -> None:
    pixels = dataset.column(IMAGE)
    assert isinstance(pixels, np.memmap) and pixels.dtype == np.uint8
    (file,) = dataset._cache.rglob("*.npy")
    made = file.stat().st_ino
    again = sluice.open_dataset(dataset.path, cache=dataset._cache)
    np.testing.assert_array_equal(again.column(IMAGE), pixels)
    assert [found.stat().st_ino for found in dataset._cache.rglob("*") if found.is_file()] == [made]


def test_windows_are_those_of_a_loop(dataset: Dataset) -> None:
    windows = dataset.windows(FIELDS, split=None)
    assert len(windows) == dataset.steps
    places = [
        (episode, step)
        for episode in range(dataset.episodes)
        for step in range(int(dataset.episode_ends[episode] - dataset.episode_starts[episode]))
    ]
    for index, place in enumerate(places):
        expected, found = naive(dataset, *place), windows[index]
        assert list(expected) == list(found)
        for name, values in expected.items():
            np.testing.assert_array_equal(found[name], values, err_msg=f"{name} at {place}")


def test_a_batch_is_its_windows(dataset: Dataset) -> None:
    windows = dataset.windows(FIELDS, split=None)
    chosen = np.random.default_rng(1).integers(len(windows), size=20)
    batch = windows.batch(chosen)
    for name, values in batch.items():
        np.testing.assert_array_equal(values, np.stack([windows[i][name] for i in chosen]))


def test_windows_without_padding_lie_in_their_episode(dataset: Dataset) -> None:
    windows = dataset.windows(["action"], length=5, split=None, pad=False)
    lengths = dataset.episode_ends - dataset.episode_starts
    assert len(windows) == int(np.maximum(0, lengths - 4).sum())
    assert not any(window["action_is_pad"].any() for window in windows)


def test_splits_part_the_episodes(dataset: Dataset) -> None:
    parts = [dataset.split(name) for name in ("train", "validation", "test")]
    assert sorted(np.concatenate(parts).tolist()) == list(range(dataset.episodes))
    assert len(dataset.windows(["action"], length=1)) == sum(
        int(dataset.episode_ends[i] - dataset.episode_starts[i]) for i in parts[0]
    )


def test_a_dataset_goes_to_another_process(dataset: Dataset) -> None:
    windows = pickle.loads(pickle.dumps(dataset)).windows(FIELDS, split=None)
    np.testing.assert_array_equal(windows[3]["action"], dataset.windows(FIELDS, split=None)[3]["action"])


def test_bad_input_is_named(dataset: Dataset, tmp_path) -> None:
    for call, message in [
        (lambda: sluice.open_dataset(tmp_path), "expected a dataset, found none"),
        (lambda: dataset.windows(["actoin"], length=2), 'windows of "actoin"'),
        (lambda: dataset.windows(["action"]), "expected a length of at least 1, found None"),
        (lambda: dataset.windows({"action": []}), "expected fields with at least one step"),
        (lambda: dataset.split("tset"), 'Cannot find split "tset"'),
        (lambda: dataset.meta("sucess"), 'Cannot read "sucess"'),
    ]:
        with pytest.raises(sluice.InvalidInputError, match=message):
            call()


def test_a_newer_schema_is_refused(reach, tmp_path) -> None:
    newer = tmp_path / "newer"
    shutil.copytree(reach, newer)
    group = json.loads((newer / "zarr.json").read_text())
    group["attributes"]["schema_version"] = 99
    (newer / "zarr.json").write_text(json.dumps(group))
    with pytest.raises(sluice.InvalidInputError, match="schema is 99, expected at most 1"):
        sluice.open_dataset(newer)


def test_torch_gets_the_same_windows(dataset: Dataset) -> None:
    torch = pytest.importorskip("torch")
    from sluice.torch import WindowDataset

    windows = WindowDataset(dataset, FIELDS, split=None)
    for collate in (windows.collate, None):
        loader = torch.utils.data.DataLoader(windows, batch_size=7, collate_fn=collate)
        for name, values in next(iter(loader)).items():
            expected = np.stack([windows.windows[i][name] for i in range(7)])
            np.testing.assert_array_equal(values.numpy(), expected)
