"""What the peers of reach and pick_place share: the arm of sim/arm/arm.ts on MuJoCo's own package."""

import os

os.environ["OMP_NUM_THREADS"] = "1"  # before numpy is imported: its products are 6 by 7

import mujoco  # noqa: E402
import numpy as np  # noqa: E402

READY = np.array([0, -0.3, 0, -2.2, 0, 1.9, 0])
CONTROL_HZ, MAX_STEPS = 20, 200
WORKSPACE_HIGH = np.array([0.85, 0.5, 0.8])


class Arm:
    """A scene with the arm, its control law and its randomness."""

    def __init__(self, scene, seed):
        self.model = mujoco.MjModel.from_xml_path(scene)
        self.data = mujoco.MjData(self.model)
        self.substeps = round(1 / (CONTROL_HZ * self.model.opt.timestep))
        self.site = self.model.site("ee").id
        self.low, self.high = self.model.jnt_range[:7, 0] + 0.02, self.model.jnt_range[:7, 1] - 0.02
        self.random = np.random.default_rng(seed)

    def reset_arm(self):
        data = self.data
        mujoco.mj_resetData(self.model, data)
        data.qpos[:7] = READY + self.random.uniform(-0.05, 0.05, 7)
        data.qpos[7:9] = 0.04

    def observe_arm(self):
        data = self.data
        return {
            "joint_pos": data.qpos[:7].copy(),
            "joint_vel": data.qvel[:7].copy(),
            "ee_pos": data.site_xpos[self.site].copy(),
            "target_pos": data.mocap_pos[0].copy(),
        }

    def drive(self, jacobian, wish):
        """Damped least squares from what the tip is to do to the joints' targets."""
        q = self.data.qpos[:7]
        posture = 0.1 * (READY - q)
        normal = jacobian @ jacobian.T + 0.05**2 * np.eye(len(wish))
        lead = posture + jacobian.T @ np.linalg.solve(normal, wish - jacobian @ posture)
        self.data.ctrl[:7] = np.clip(q + np.clip(lead, -0.1, 0.1), self.low, self.high)


def record_episodes(env, scripted, episodes):
    """Runs episodes of an expert and keeps every step. Returns (steps, successes)."""
    record, steps, successes = [], 0, 0
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
    return steps, successes
