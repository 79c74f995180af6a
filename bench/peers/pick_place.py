"""The pick_place loop in Python on MuJoCo's own package: the peer of bench/pick_place.ts.

    python pick_place.py SCENE.xml EPISODES

The scene that Sluice exports, its control law, expert and rules. Prints one line of JSON: episodes,
steps, successes, seconds of processor time.
"""

import json
import sys
import time

from arm import WORKSPACE_HIGH, Arm, record_episodes
import mujoco
import numpy as np

WORKSPACE_LOW = np.array([0.2, -0.5, 0.005])
CUBE_HALF = 0.015
HELD_LOW, HELD_HIGH = 0.01, 0.0215


class PickPlace(Arm):
    """The environment of sim/arm/pick_place/pick_place.ts, written as such environments are in Python."""

    def __init__(self, scene, seed):
        super().__init__(scene, seed)
        self.position_jacobian = np.zeros((3, self.model.nv))
        self.rotation_jacobian = np.zeros((3, self.model.nv))

    def observe(self):
        data = self.data
        return {
            **self.observe_arm(),
            "object_pos": data.qpos[9:12].copy(),
            "object_quat": data.qpos[12:16].copy(),
            "gripper_state": data.qpos[7:9].mean(),
        }

    def reset(self):
        self.reset_arm()
        data = self.data
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
        self.drive(jacobian, wish)
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
        success = self.held >= 10
        return observation, reward, success, success


def is_grasped(observation):
    opening = observation["gripper_state"]
    between = np.linalg.norm(observation["ee_pos"] - observation["object_pos"]) < 0.022
    return HELD_LOW < opening < HELD_HIGH and between


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
    start = time.process_time()
    steps, successes = record_episodes(env, scripted, episodes)
    seconds = time.process_time() - start
    return {"episodes": episodes, "steps": steps, "successes": successes, "seconds": seconds}


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], int(sys.argv[2]))))
