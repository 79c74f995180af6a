"""Writes small datasets in the layouts of robomimic, LIBERO, ACT/ALOHA and ManiSkill, and hostile
files, by h5py 3.16.0, numpy 2.4.6 and Pillow 12.0.0: python make.py <directory>. The layouts are
those of

  robomimic  https://robomimic.github.io/docs/datasets/overview.html
  LIBERO     https://lifelong-robot-learning.github.io/LIBERO/ (robomimic's, and `problem_info`)
  ACT        https://github.com/tonyzhaozh/act, record_sim_episodes.py
  ManiSkill  https://maniskill.readthedocs.io/en/latest/user_guide/datasets/demos.html

Numbers say where they stand: 100 * episode + 10 * step + component, or near it.
"""

import io
import json
import os
import sys

import h5py
import numpy as np
from PIL import Image

OUT = sys.argv[1]


def rows(episode, length, width, scale=1.0, dtype="f8"):
    steps = 100 * episode + 10 * np.arange(length)[:, None] + np.arange(width)[None, :]
    return (scale * steps).astype(dtype)


def pictures(episode, length, height=4, width=6):
    image = np.zeros((length, height, width, 3), np.uint8)
    image[..., 0] = 10 * episode
    image[..., 1] = np.arange(length)[:, None, None]
    image[..., 2] = np.arange(width)[None, None, :]
    return image


def jpegs(images):
    """Image files in rows, padded by zeros to one length."""
    files = []
    for image in images:
        stream = io.BytesIO()
        Image.fromarray(image).save(stream, "JPEG", quality=95, subsampling=0)
        files.append(stream.getvalue())
    padded = np.zeros((len(files), max(map(len, files)) + 16), np.uint8)
    for row, file in zip(padded, files):
        row[: len(file)] = np.frombuffer(file, np.uint8)
    return padded


def robomimic(name, obs, demos, attributes):
    with h5py.File(os.path.join(OUT, name), "w") as file:
        data = file.create_group("data")
        for key, value in attributes.items():
            data.attrs[key] = json.dumps(value)
        total = 0
        for demo, length in demos.items():
            episode = int(demo.split("_")[1])
            group = data.create_group(demo)
            group.attrs["num_samples"] = length
            group.attrs["model_file"] = "<mujoco/>"
            group["actions"] = rows(episode, length, 3, 0.5)
            group["rewards"] = (np.arange(length) == length - 1).astype("f8")
            group["dones"] = (np.arange(length) == length - 1).astype("i8")
            group["states"] = rows(episode, length, 5)
            for key, make in obs.items():
                values = make(episode, length)
                packed = {"compression": "gzip"} if values.ndim == 4 else {}
                group.create_dataset("obs/" + key, data=values, **packed)
                group.create_dataset("next_obs/" + key, data=values, **packed)
            total += length
        data.attrs["total"] = total
        mask = file.create_group("mask")
        names = list(demos)
        mask["train"] = np.array(names[:-1], dtype="S8")
        mask["valid"] = np.array(names[-1:], dtype="S8")


robomimic(
    "robomimic.hdf5",
    {
        "robot0_eef_pos": lambda e, n: rows(e, n, 3),
        "robot0_gripper_qpos": lambda e, n: rows(e, n, 2, dtype="f4"),
        "agentview_image": pictures,
    },
    {"demo_0": 3, "demo_2": 4, "demo_10": 2},
    {
        "env_args": {
            "env_name": "Lift",
            "type": 1,
            "env_kwargs": {"robots": ["Panda"], "control_freq": 10},
        }
    },
)
robomimic(
    "libero.hdf5",
    {
        "ee_pos": lambda e, n: rows(e, n, 3),
        "gripper_states": lambda e, n: rows(e, n, 2),
        "agentview_rgb": pictures,
        "eye_in_hand_rgb": pictures,
    },
    {"demo_0": 2, "demo_1": 3},
    {
        "env_args": {"env_name": "Libero_Tabletop", "env_kwargs": {}},
        "problem_info": {"language_instruction": "put the bowl on the plate"},
    },
)

os.makedirs(os.path.join(OUT, "aloha"), exist_ok=True)
for episode, length in enumerate([3, 2]):
    with h5py.File(os.path.join(OUT, f"aloha/episode_{episode}.hdf5"), "w") as file:
        file.attrs["sim"] = True
        file["observations/qpos"] = rows(episode, length, 14)
        file["observations/qvel"] = rows(episode, length, 14, 0.1)
        file.create_dataset(
            "observations/images/top", data=pictures(episode, length), chunks=(1, 4, 6, 3)
        )
        file["observations/images/wrist"] = jpegs(pictures(episode, length, 8, 16))
        file["action"] = rows(episode, length, 14, 0.5)

with h5py.File(os.path.join(OUT, "maniskill.h5"), "w") as file:
    for episode, length in enumerate([3, 2]):
        group = file.create_group(f"traj_{episode}")
        group["actions"] = rows(episode, length, 4, 0.5, "f4")
        group["terminated"] = np.arange(length) == length - 1
        group["truncated"] = np.zeros(length, bool)
        group["success"] = (np.arange(length) == length - 1) & (episode == 0)
        group["rewards"] = rows(episode, length, 1, 0.1, "f4")[:, 0]
        group["obs/agent/qpos"] = rows(episode, length + 1, 9, dtype="f4")
        group["obs/extra/is_grasped"] = np.arange(length + 1) > 1
        group["obs/sensor_data/base_camera/rgb"] = pictures(episode, length + 1)
        group["obs/sensor_data/base_camera/depth"] = np.ones((length + 1, 4, 6, 1), np.int16)
        group["env_states/actors/cube"] = rows(episode, length + 1, 13, dtype="f4")
with open(os.path.join(OUT, "maniskill.json"), "w") as file:
    json.dump(
        {
            "env_info": {
                "env_id": "PickCube-v1",
                "env_kwargs": {"obs_mode": "rgb", "sim_config": {"control_freq": 25}},
            },
            "episodes": [{"episode_id": 0, "episode_seed": 7}, {"episode_id": 1, "episode_seed": 8}],
        },
        file,
    )

os.makedirs(os.path.join(OUT, "no_images"), exist_ok=True)
with h5py.File(os.path.join(OUT, "no_images/episode_0.hdf5"), "w") as file:
    file["observations/qpos"] = rows(0, 3, 2)
    images = jpegs(pictures(0, 3, 8, 16))
    images[1, 40:] = 0
    file["observations/images/damaged"] = images
    file["observations/images/text"] = np.full((3, 20), ord("x"), np.uint8)
    file["action"] = rows(0, 3, 2)

os.makedirs(os.path.join(OUT, "hostile"), exist_ok=True)


def hostile(name, spoil, **options):
    with h5py.File(os.path.join(OUT, "hostile", name + ".h5"), "w", **options) as file:
        for episode, length in enumerate([3, 2]):
            group = file.create_group(f"data/demo_{episode}")
            group["actions"] = rows(episode, length, 2)
            group["obs/state"] = rows(episode, length, 2)
        spoil(file, file["data/demo_1"])


def virtual(file, demo):
    layout = h5py.VirtualLayout((2, 2), "f8")
    layout[:] = h5py.VirtualSource("/etc/other.h5", "data", (2, 2))
    demo.create_virtual_dataset("obs/elsewhere", layout)


def replace(demo, name, values):
    del demo[name]
    demo[name] = values


HUGE = {"dtype": "f8", "compression": "gzip"}
hostile("sound", lambda file, demo: None)
hostile("external_link", lambda f, d: d.__setitem__("obs/x", h5py.ExternalLink("/etc/o.h5", "/d")))
hostile("external_group", lambda f, d: f.__setitem__("mask", h5py.ExternalLink("/etc/o.h5", "/")))
hostile("soft_link", lambda f, d: d.__setitem__("obs/x", h5py.SoftLink("/data/demo_0/obs/state")))
hostile("soft_loop", lambda f, d: d.__setitem__("obs/x", h5py.SoftLink("/data/demo_1/obs/x")))
hostile("hard_loop", lambda f, d: d.__setitem__("obs/again", d))
hostile("virtual", virtual)
hostile(
    "external_storage",
    lambda f, d: (d.__delitem__("obs/state"),
        d.create_dataset("obs/state", (2, 2), "f8", external=[("/etc/hostname", 0, 32)])),
)
hostile("huge_rows", lambda f, d: d.create_dataset("obs/x", (2, 1 << 40), chunks=(1, 1 << 20), **HUGE))
hostile("huge_chunk", lambda f, d: d.create_dataset("obs/x", (2, 1 << 16), chunks=(1 << 13, 1 << 16),
        maxshape=(None, 1 << 16), **HUGE))
hostile("huge_actions", lambda f, d: (d.__delitem__("actions"),
        d.create_dataset("actions", (1 << 40, 2), chunks=(1 << 20, 2), **HUGE)))
hostile("lzf", lambda f, d: d.create_dataset("obs/x", data=rows(1, 2, 2), compression="lzf"))
hostile("many", lambda f, d: [d.__setitem__(f"obs/g{i}", d["obs/state"]) for i in range(2100)],
        libver="latest")
hostile("nan", lambda f, d: replace(d, "obs/state", [[1.0, 2.0], [3.0, np.nan]]))
hostile("inf_action", lambda f, d: replace(d, "actions", [[np.inf, 2.0], [3.0, -np.inf]]))
hostile("missing_column", lambda f, d: d.__delitem__("obs/state"))
hostile("missing_actions", lambda f, d: d.__delitem__("actions"))
hostile("short_column", lambda f, d: replace(d, "obs/state", [[1.0, 2.0]]))
hostile("other_shape", lambda f, d: replace(d, "obs/state", np.zeros((2, 3))))
hostile("other_type", lambda f, d: replace(d, "obs/state", np.zeros((2, 2), "i4")))
hostile("empty_episode", lambda f, d: (replace(d, "actions", np.zeros((0, 2))),
        replace(d, "obs/state", np.zeros((0, 2)))))
hostile("bad_name", lambda f, d: [f[f"data/demo_{i}"].create_dataset("obs/..\\x", data=rows(i, n, 1))
        for i, n in enumerate([3, 2])])
hostile("no_numbers", lambda f, d: [
    f[f"data/demo_{i}"].create_dataset("obs/" + name, data=np.zeros((n, 2), dtype))
    for i, n in enumerate([3, 2])
    for name, dtype in {"half": "f2", "compound": [("a", "f4")], "unsigned": "u8", "text": "S3"}.items()
])
hostile("flat_actions", lambda f, d: [
    replace(f[f"data/demo_{i}"], "actions", np.arange(n, dtype="f8")) for i, n in enumerate([3, 2])
])
