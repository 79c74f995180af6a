/** Columns of a quadruped's state in their order, and how many numbers each has. */
export const STATE_FIELDS = [
  ["observation/base_pos", 3],
  ["observation/base_rot", 3],
  ["observation/base_vel", 3],
  ["observation/base_angvel", 3],
  ["observation/joint_pos", 12],
  ["observation/joint_vel", 12],
] as const;

/** Numbers of the state. */
export const STATE_SIZE = 36;
