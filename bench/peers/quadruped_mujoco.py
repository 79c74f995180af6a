"""Physics steps of the quadruped's scene in native MuJoCo, one thread: a peer of bench/quadruped.ts.

Argument: the MJCF file. Stands by PD control, which is set once a control period of two steps.
Reads a number of physics steps a line, answers with steps per second.
"""

import os
import sys
import time

os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
import mujoco
import numpy

model = mujoco.MjModel.from_xml_path(sys.argv[1])
data = mujoco.MjData(model)
pose = numpy.tile([0.0, 0.83, -1.6], 4)
for line in sys.stdin:
    steps = int(line)
    mujoco.mj_resetData(model, data)
    data.qpos[7:] = pose
    started = time.perf_counter()
    for _ in range(steps // 2):
        data.ctrl[:] = 80 * (pose - data.qpos[7:]) - data.qvel[6:]
        mujoco.mj_step(model, data, 2)
    print(steps / (time.perf_counter() - started), flush=True)
