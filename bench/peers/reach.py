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

os.environ["OMP_NUM_THREADS"] = "1"  # before numpy is imported: its products are 3 by 7

import numpy as np  # noqa: E402

READY = np.array([0, -0.3, 0, -2.2, 0, 1.9, 0])
CONTROL_HZ = 20
MAX_STEPS = 200


class Reach:
    """The environment of sim/reach.ts, written as such environments are in Python."""

    def __init__(self, scene, seed):
        import mujoco

        self.mj = mujoco
        self.model = mujoco.MjModel.from_xml_path(scene)
        self.data = mujoco.MjData(self.model)
        self.substeps = round(1 / (CONTROL_HZ * self.model.opt.timestep))
        self.site = self.model.site("ee").id
        self.jacobian = np.zeros((3, self.model.nv))
        self.low, self.high = self.model.jnt_range[:7, 0] + 0.02, self.model.jnt_range[:7, 1] - 0.02
        self.random = np.random.default_rng(seed)

    def observe(self):
        data = self.data
        return {
            "joint_pos": data.qpos[:7].copy(),
            "joint_vel": data.qvel[:7].copy(),
            "ee_pos": data.site_xpos[self.site].copy(),
            "target_pos": data.mocap_pos[0].copy(),
        }

    def reset(self):
        data = self.data
        self.mj.mj_resetData(self.model, data)
        data.qpos[:7] = READY + self.random.uniform(-0.05, 0.05, 7)
        data.qpos[7:9] = 0.04
        data.ctrl[:9] = data.qpos[:9]
        data.mocap_pos[0] = self.random.uniform([0.3, -0.3, 0.1], [0.7, 0.3, 0.5])
        self.mj.mj_kinematics(self.model, data)
        self.mj.mj_comPos(self.model, data)
        return self.observe()

    def step(self, action):
        data = self.data
        position = data.site_xpos[self.site]
        wish = np.clip(position + 0.05 * action[:3], [0.2, -0.5, 0.04], [0.85, 0.5, 0.8]) - position
        self.mj.mj_jacSite(self.model, data, self.jacobian, None, self.site)
        jacobian, q = self.jacobian[:, :7], data.qpos[:7]
        posture = 0.1 * (READY - q)
        normal = jacobian @ jacobian.T + 0.05**2 * np.eye(3)
        lead = posture + jacobian.T @ np.linalg.solve(normal, wish - jacobian @ posture)
        data.ctrl[:7] = np.clip(q + np.clip(lead, -0.1, 0.1), self.low, self.high)
        data.ctrl[7:9] = np.clip(data.ctrl[7] + 0.04 * action[3], 0, 0.04)
        self.mj.mj_step(self.model, data, self.substeps)
        self.mj.mj_kinematics(self.model, data)
        self.mj.mj_comPos(self.model, data)
        observation = self.observe()
        distance = np.linalg.norm(observation["target_pos"] - observation["ee_pos"])
        reward = -distance + (1.0 if distance < 0.05 else 0.0)
        return observation, reward, distance < 0.02, distance < 0.05


def scripted(observation):
    direction = observation["target_pos"] - observation["ee_pos"]
    return np.append(0.5 * direction / np.linalg.norm(direction), 0.0)


def measure(scene, episodes):
    env = Reach(scene, seed=1)
    record, steps, successes = [], 0, 0
    start = time.perf_counter()
    for _ in range(episodes):
        observation, success = env.reset(), False
        for _ in range(MAX_STEPS):
            action = scripted(observation)
            following, reward, terminated, success = env.step(action)
            record.append((observation, action, reward))
            observation = following
            steps += 1
            if terminated:
                break
        successes += int(success)
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
