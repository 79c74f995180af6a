"""The reach task in Python on MuJoCo's own package: the peer of bench/simulation.ts.

    python reach.py SCENE.xml EPISODES          the scene that Sluice exports, its loop
    python reach.py --simscale CHECKOUT EPISODES    the source's own generator

Prints one line of JSON: episodes, steps, successes (null where unknown), seconds. One thread.
"""

import json
import os
import sys
import tempfile
import time

from arm import WORKSPACE_HIGH, Arm, record_episodes
import mujoco
import numpy as np

WORKSPACE_LOW = np.array([0.2, -0.5, 0.04])


class Reach(Arm):
    """The environment of sim/arm/reach.ts, written as such environments are in Python."""

    def __init__(self, scene, seed):
        super().__init__(scene, seed)
        self.jacobian = np.zeros((3, self.model.nv))

    def reset(self):
        self.reset_arm()
        self.data.mocap_pos[0] = self.random.uniform([0.3, -0.3, 0.1], [0.7, 0.3, 0.5])
        self.update()
        return self.observe_arm()

    def update(self):
        mujoco.mj_kinematics(self.model, self.data)
        mujoco.mj_comPos(self.model, self.data)

    def step(self, action):
        data = self.data
        position = data.site_xpos[self.site]
        wish = np.clip(position + 0.05 * action[:3], WORKSPACE_LOW, WORKSPACE_HIGH) - position
        mujoco.mj_jacSite(self.model, data, self.jacobian, None, self.site)
        self.drive(self.jacobian[:, :7], wish)
        data.ctrl[7:9] = np.clip(data.ctrl[7] + 0.04 * action[3], 0, 0.04)
        mujoco.mj_step(self.model, data, self.substeps)
        self.update()
        observation = self.observe_arm()
        distance = np.linalg.norm(observation["target_pos"] - observation["ee_pos"])
        reward = -distance + (1.0 if distance < 0.05 else 0.0)
        return observation, reward, distance < 0.02, distance < 0.05


def scripted(observation):
    direction = observation["target_pos"] - observation["ee_pos"]
    return np.append(0.5 * direction / np.linalg.norm(direction), 0.0)


def measure(scene, episodes):
    env = Reach(scene, seed=1)
    start = time.perf_counter()
    steps, successes = record_episodes(env, scripted, episodes)
    seconds = time.perf_counter() - start
    return {"episodes": episodes, "steps": steps, "successes": successes, "seconds": seconds}


def measure_simscale(checkout, episodes):
    sys.path.insert(0, checkout)
    from simscaleai.datagen.generator import generate_dataset

    with tempfile.TemporaryDirectory() as directory:
        start = time.perf_counter()
        stats = generate_dataset(
            env_name="reach",
            n_episodes=episodes,
            output_path=os.path.join(directory, "reach.h5"),
            policy_type="scripted",
            domain_randomization=False,
            seed=1,
        )
        seconds = time.perf_counter() - start
    steps = stats["total_steps"]
    return {"episodes": episodes, "steps": steps, "successes": None, "seconds": seconds}


if __name__ == "__main__":
    if sys.argv[1] == "--simscale":
        result = measure_simscale(sys.argv[2], int(sys.argv[3]))
    else:
        result = measure(sys.argv[1], int(sys.argv[2]))
    print(json.dumps(result))
