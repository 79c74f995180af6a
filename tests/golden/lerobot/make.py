"""`dataset`, as LeRobot 0.4.4 itself writes one (but for meta/stats.json): python make.py DIRECTORY.

In the environment of tests/requirements-lerobot.txt. Episode e has 4 + e steps; step t of it has the
state [e, t, e * t], the action [t, -e], the reward t, success in the last step of odd episodes, and
a picture of 8 x 8 px whose pixel (x, y) is [20 e, 10 t, x + 8 y].
"""

import os
import sys
import tempfile

os.environ["HF_HOME"] = tempfile.mkdtemp()
os.environ["HF_HUB_OFFLINE"] = "1"

import numpy
from lerobot.datasets.lerobot_dataset import LeRobotDataset

AXES = ["height", "width", "channels"]
dataset = LeRobotDataset.create(
    "sluice/golden",
    fps=15,
    root=sys.argv[1],
    robot_type="so100",
    features={
        "observation.state": {"dtype": "float32", "shape": (3,), "names": ["x", "y", "z"]},
        "observation.images.top": {"dtype": "image", "shape": (8, 8, 3), "names": AXES},
        "observation.images.film": {"dtype": "video", "shape": (16, 16, 3), "names": AXES},
        "action": {"dtype": "float32", "shape": (2,), "names": {"motors": ["a", "b"]}},
        "next.reward": {"dtype": "float32", "shape": (1,), "names": None},
        "next.success": {"dtype": "bool", "shape": (1,), "names": None},
        "note": {"dtype": "string", "shape": (1,), "names": None},
    },
    vcodec="h264",
)
grid = numpy.arange(64, dtype=numpy.uint8).reshape(8, 8)
for e in range(3):
    for t in range(4 + e):
        dataset.add_frame({
            "observation.state": numpy.float32([e, t, e * t]),
            "observation.images.top": numpy.stack(
                [numpy.full_like(grid, 20 * e), numpy.full_like(grid, 10 * t), grid], axis=-1
            ),
            "observation.images.film": numpy.full((16, 16, 3), 40 * e + 5 * t, numpy.uint8),
            "action": numpy.float32([t, -e]),
            "next.reward": numpy.float32([t]),
            "next.success": numpy.array([e % 2 == 1 and t == 3 + e]),
            "note": "so",
            "task": "Push it" if e < 2 else "Pull it",
        })
    dataset.save_episode()
dataset.finalize()
