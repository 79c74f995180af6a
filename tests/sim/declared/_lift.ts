/** A small task with every kind of event: an arm lifts a cube off a table. */

const cube = { uid: "cube" };

export const LIFT_GYM = {
  id: "Lift",
  max_episodes: 4,
  max_episode_steps: 80,
  seed: 3,
  env: {
    events: {
      cube_pose: {
        func: "randomize_rigid_object_pose",
        mode: "reset",
        params: {
          entity_cfg: cube,
          position_range: [[-0.05, -0.05, 0], [0.05, 0.05, 0]],
          rotation_range: [[0, 0, -10], [0, 0, 10]],
        },
      },
      stand_pose: {
        func: "randomize_rigid_object_pose",
        mode: "reset",
        params: {
          entity_cfg: { uid: "stand" },
          position_range: [[0, 0, 0], [0.02, 0.02, 0]],
        },
      },
      qpos: {
        func: "randomize_robot_qpos",
        mode: "reset",
        params: { qpos_range: [-0.02, 0.02] },
      },
      cube_mass: {
        func: "randomize_mass",
        mode: "reset",
        params: { entity_cfg: cube, mass_range: [0.5, 1.5], relative: true },
      },
      table_friction: {
        func: "randomize_friction",
        mode: "startup",
        params: { entity_cfg: { uid: "table" }, friction_range: [0.8, 1.2] },
      },
      cube_colour: {
        func: "randomize_visual_material",
        mode: "reset",
        params: { entity_cfg: cube, base_color_range: [[0.2, 0, 0], [1, 0.4, 0.4]] },
      },
      light: {
        func: "randomize_light",
        mode: "interval",
        params: { entity_cfg: { uid: "sun" }, position_range: [[-1, -1, 1], [1, 1, 2]] },
      },
      push: {
        func: "apply_external_force",
        mode: "interval",
        interval_step: 5,
        params: {
          entity_cfg: cube,
          force_range: [[-0.02, -0.02, 0], [0.02, 0.02, 0]],
          steps: 2,
        },
      },
    },
    observations: {
      cube: { func: "get_rigid_object_pose", mode: "add", params: { entity_cfg: cube } },
      speed: { func: "get_rigid_object_velocity", mode: "add", params: { entity_cfg: cube } },
      hand: { func: "get_robot_eef_position", mode: "add", params: { control_part: "eef" } },
      joints: { func: "normalize_robot_joint_data", mode: "modify" },
    },
    rewards: {
      smooth: { func: "action_smoothness_penalty", weight: 0.1 },
      near: {
        func: "distance_to_target",
        mode: "replace",
        params: { source_entity_cfg: cube, target_position: [0.45, 0, 0.15] },
      },
    },
    success: { lifted: { func: "object_above", params: { entity_cfg: cube, height: 0.1 } } },
    dataset: { lerobot: { func: "LeRobotRecorder", params: { robot_meta: { control_freq: 20 } } } },
  },
  robot: { robot_type: "SingleArm" },
  light: { direct: [{ uid: "sun", init_pos: [1, -1, 2] }] },
  background: [
    {
      uid: "table",
      shape: { shape_type: "Cube", size: [0.8, 0.8, 0.04] },
      init_pos: [0.5, 0, -0.02],
    },
    {
      uid: "stand",
      shape: { shape_type: "Cylinder", radius: 0.02, height: 0.1 },
      body_type: "kinematic",
      init_pos: [0.7, 0.2, 0.05],
    },
  ],
  rigid_object: [
    {
      uid: "cube",
      shape: { shape_type: "Cube", size: [0.03, 0.03, 0.03] },
      attrs: { mass: 0.05 },
      init_pos: [0.45, 0, 0.015],
      affordances: { grasp: [0, 0, -0.004] },
    },
  ],
};

const grasp = { entity_cfg: cube, affordance: "grasp", pitch: 90 };

export const LIFT_ACTIONS = {
  scope: { arm: { dim: [7] }, eef: { init: { init_node_name: "open" } } },
  node: {
    arm: {
      above: { name: "grasp_pose", kwargs: { ...grasp, distance: 0.1 } },
      at_cube: { name: "grasp_pose", kwargs: grasp },
      lifted: {
        name: "held_pose",
        kwargs: {
          entity_cfg: cube,
          grasp: "at_cube",
          target_entity_cfg: cube,
          offset: [0, 0, 0.15],
        },
      },
    },
    eef: { closed: { name: "given_qpos", kwargs: { qpos: [0] } } },
  },
  edge: {
    arm: {
      approach: { name: "plan_trajectory", src: "init", sink: "above", duration: 20 },
      descend: { name: "plan_trajectory", src: "above", sink: "at_cube", duration: 12 },
      lift: { name: "plan_trajectory", src: "at_cube", sink: "lifted", duration: 18 },
    },
    eef: { grasp: { name: "execute_close", src: "open", sink: "closed", duration: 8 } },
  },
  sync: {
    grasp: { depend_tasks: ["descend"] },
    lift: { depend_tasks: ["grasp"] },
  },
};
