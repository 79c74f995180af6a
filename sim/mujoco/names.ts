import type { MainModule } from "@mujoco/mujoco";

/** Names of MuJoCo's that `MujocoScene` takes: kinds of objects, and arrays of state and model. */

/** Kinds of named objects in a model, and MuJoCo's names for them. */
export const OBJECT_TYPES = {
  body: "mjOBJ_BODY",
  joint: "mjOBJ_JOINT",
  geom: "mjOBJ_GEOM",
  site: "mjOBJ_SITE",
  camera: "mjOBJ_CAMERA",
  light: "mjOBJ_LIGHT",
  actuator: "mjOBJ_ACTUATOR",
  material: "mjOBJ_MATERIAL",
} as const satisfies Record<string, keyof MainModule["mjtObj"]>;

export type MujocoObject = keyof typeof OBJECT_TYPES;

/** Float64 arrays of `mjData` that environments read or write. */
export type DataArray =
  | "qpos"
  | "qvel"
  | "ctrl"
  | "xfrc_applied"
  | "userdata"
  | "mocap_pos"
  | "mocap_quat"
  | "xpos"
  | "xquat"
  | "site_xpos"
  | "site_xmat"
  | "cam_xpos"
  | "cam_xmat"
  | "geom_xpos"
  | "geom_xmat";

/** Float64 arrays of `mjModel` that environments read or vary. */
export type ModelArray =
  | "actuator_biasprm"
  | "actuator_gainprm"
  | "body_inertia"
  | "body_ipos"
  | "body_iquat"
  | "body_mass"
  | "body_pos"
  | "body_quat"
  | "cam_fovy"
  | "cam_pos"
  | "dof_damping"
  | "dof_frictionloss"
  | "geom_friction"
  | "geom_pos"
  | "geom_quat"
  | "geom_size"
  | "jnt_actfrcrange"
  | "jnt_axis"
  | "jnt_range"
  | "light_dir"
  | "mesh_pos"
  | "mesh_quat"
  | "qpos0";

/** Float32 arrays of `mjModel`: what only images show, and corners of meshes. */
export type ModelColours =
  | "geom_rgba"
  | "mat_rgba"
  | "light_diffuse"
  | "light_ambient"
  | "mesh_vert";

/** Int32 arrays of `mjModel`. */
export type ModelIndices =
  | "body_geomadr"
  | "body_geomnum"
  | "body_jntadr"
  | "body_jntnum"
  | "body_mocapid"
  | "body_parentid"
  | "geom_contype"
  | "geom_type"
  | "geom_matid"
  | "geom_dataid"
  | "geom_bodyid"
  | "mesh_graph"
  | "mesh_graphadr"
  | "mesh_vertadr"
  | "jnt_qposadr"
  | "jnt_dofadr"
  | "jnt_type";
