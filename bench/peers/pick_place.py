"""The pick_place loop in Python on MuJoCo's own package: the peer of bench/pick_place.ts.

    python pick_place.py SCENE.xml EPISODES

The scene that Sluice exports, its control law, expert and rules. Prints one line of JSON: episodes,
steps, successes, seconds of processor time.
"""

import json
import os
import sys
import time

os.environ["OMP_NUM_THREADS"] = "1"  # before numpy is imported: its products are 6 by 7

import mujoco  # noqa: E402
import numpy as np  # noqa: E402

READY = np.array([0, -0.3, 0, -2.2, 0, 1.9, 0])
CONTROL_HZ, MAX_STEPS = 20, 200
WORKSPACE_LOW, WORKSPACE_HIGH = np.array([0.2, -0.5, 0.005]), np.array([0.85, 0.5, 0.8])
CUBE_HALF = 0.015


class PickPlace:
    """The environment of sim/pick_place.ts, written as such environments are in Python."""

    def __init__(self, scene, seed):
        self.model = mujoco.MjModel.from_xml_path(scene)
        self.data = mujoco.MjData(self.model)
        self.substeps = round(1 / (CONTROL_HZ * self.model.opt.timestep))
        self.site = self.model.site("ee").id
        self.position_jacobian = np.zeros((3, self.model.nv))
        self.rotation_jacobian = np.zeros((3, self.model.nv))
        self.low, self.high = self.model.jnt_range[:7, 0] + 0.02, self.model.jnt_range[:7, 1] - 0.02
        self.random = np.random.default_rng(seed)

    def observe(self):
        data = self.data
        return {
            "joint_pos": data.qpos[:7].copy(),
            "joint_vel": data.qvel[:7].copy(),
            "ee_pos": data.site_xpos[self.site].copy(),
            "target_pos": data.mocap_pos[0].copy(),
            "object_pos": data.qpos[9:12].copy(),
            "object_quat": data.qpos[12:16].copy(),
            "gripper_state": data.qpos[7:9].mean(),
        }

    def reset(self):
        data = self.data
        mujoco.mj_resetData(self.model, data)
        data.qpos[:7] = READY + self.random.uniform(-0.05, 0.05, 7)
        data.qpos[7:9] = 0.04
        data.ctrl[:9] = data.qpos[:9]
        cube = np.append(self.random.uniform([0.3, -0.2], [0.6, 0.2]), CUBE_HALF)
        data.qpos[9:12] = cube
        goal = cube
        while np.linalg.norm(goal - cube) < 0.1:
            goal = self.random.uniform([0.3, -0.2, 0.05], [0.6, 0.2, 0.25])
        data.mocap_pos[0] = goal
        self.held = 0
        self.update()
        return self.observe()

    def update(self):
        mujoco.mj_kinematics(self.model, self.data)
        mujoco.mj_comPos(self.model, self.data)
        mujoco.mj_camlight(self.model, self.data)

    def step(self, action):
        data = self.data
        position = data.site_xpos[self.site]
        to = np.clip(position + 0.1 * action[:3], WORKSPACE_LOW, WORKSPACE_HIGH)
        axes = data.site_xmat[self.site]
        turn = 0.5 * np.array([axes[5], -axes[2], -axes[3]])
        wish = np.concatenate([to - position, turn])
        jacp, jacr = self.position_jacobian, self.rotation_jacobian
        mujoco.mj_jacSite(self.model, data, jacp, jacr, self.site)
        jacobian = np.concatenate([jacp[:, :7], 0.5 * jacr[:, :7]])
        q = data.qpos[:7]
        posture = 0.1 * (READY - q)
        normal = jacobian @ jacobian.T + 0.05**2 * np.eye(6)
        lead = posture + jacobian.T @ np.linalg.solve(normal, wish - jacobian @ posture)
        data.ctrl[:7] = np.clip(q + np.clip(lead, -0.1, 0.1), self.low, self.high)
        data.ctrl[7:9] = 0.04 if action[3] > 0 else 0.0
        mujoco.mj_step(self.model, data, self.substeps)
        self.update()
        observation = self.observe()
        cube = observation["object_pos"]
        lifted = cube[2] > 2 * CUBE_HALF + 0.005
        distance = np.linalg.norm(cube - observation["target_pos"])
        reach = np.linalg.norm(observation["ee_pos"] - cube)
        reward = -reach
        if is_grasped(observation):
            reward += 2 if lifted else 1
        elif reach < 0.08:
            reward += 0.25
        if lifted:
            reward += (5 if distance < 0.05 else 0) - distance
        self.held = self.held + 1 if lifted and distance < 0.03 else 0
        return observation, reward, self.held >= 10


def is_grasped(observation):
    opening = observation["gripper_state"]
    between = np.linalg.norm(observation["ee_pos"] - observation["object_pos"]) < 0.022
    return HELD_LOW < opening < HELD_HIGH and between


HELD_LOW, HELD_HIGH = 0.01, 0.0215


def act(way, is_open):
    return np.append(np.clip(6 * way, -0.5, 0.5), 1.0 if is_open else -1.0)


def scripted(observation):
    cube = observation["object_pos"]
    if is_grasped(observation):
        return act(observation["target_pos"] - cube, False)
    way = cube - observation["ee_pos"]
    depth = way[2] - 0.006
    sideways = np.hypot(way[0], way[1])
    if sideways < 0.012 and abs(depth) < 0.012:
        return act(np.array([way[0], way[1], depth]), False)
    height = min(0.12, max(0.0, 3 * (sideways - 0.008)))
    return act(np.array([way[0], way[1], depth + height]), True)


def measure(scene, episodes):
    env = PickPlace(scene, seed=1)
    record, steps, successes = [], 0, 0
    start = time.process_time()
    for _ in range(episodes):
        observation, success = env.reset(), False
        for _ in range(MAX_STEPS):
            action = scripted(observation)
            following, reward, success = env.step(action)
            record.append((observation, action, reward))
            observation = following
            steps += 1
            if success:
                break
        successes += int(success)
    seconds = time.process_time() - start
    return {"episodes": episodes, "steps": steps, "successes": successes, "seconds": seconds}


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], int(sys.argv[2]))))
