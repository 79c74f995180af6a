"""Rays of one picture by MuJoCo's own mj_multiRay, twice as for shadows: a peer of bench/cameras.ts.

    python rays.py SCENE.xml SIZE

Prints pictures per second of processor time, of casting alone: no colours.
"""

import json
import sys
import time

import mujoco
import numpy as np

IMAGES = 20

model = mujoco.MjModel.from_xml_path(sys.argv[1])
data = mujoco.MjData(model)
mujoco.mj_forward(model, data)
size = int(sys.argv[2])
frame = data.cam_xmat[0].reshape(3, 3)
pixel = 2 * np.tan(np.radians(model.cam_fovy[0]) / 2) / size
steps = (np.arange(size) + 0.5 - size / 2) * pixel
x, y = np.meshgrid(steps, -steps)
rays = np.stack([x, y, -np.ones_like(x)], axis=-1).reshape(-1, 3) @ frame.T
origin = data.cam_xpos[0].copy()
count = len(rays)
geom, distance = np.empty(count, np.int32), np.empty(count)
normal = np.empty((count, 3))


def cast(point, vectors):
    mujoco.mj_multiRay(
        model, data, point, vectors.ravel(), None, 1, -1, geom, distance, normal.ravel(), count, 1e10
    )


start = time.process_time()
for _ in range(IMAGES):
    cast(origin, rays)
    points = origin + np.where(distance > 0, distance, 10)[:, None] * rays
    sun = np.array([22.5, -17.5, 41.0])
    cast(sun, points - sun)
print(json.dumps(IMAGES / (time.process_time() - start)))
