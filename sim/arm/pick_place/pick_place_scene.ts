import { armScene } from "../arm.ts";

/** Half the edge of the cube, and so the height of its middle on the table (m). */
export const CUBE_HALF = 0.015;

/** Index of the cube's free joint in qpos: after seven joints and two fingers. */
export const CUBE_QPOS = 9;

/**
 * The scene as MJCF: the arm, a free cube of 3 cm and 50 g, and a sphere that marks the goal.
 *
 * Friction alone holds the cube: rubber finger tips (2) decide the contact, since MuJoCo takes the
 * larger coefficient of the two.
 *
 * @param timestep Seconds of one physics step
 */
export function pickPlaceScene(timestep: number): string {
  return armScene({
    timestep,
    materials: { target: [0.3, 0.72, 0.4], cube: [0.86, 0.27, 0.2] },
    bodies: `<body name="target" mocap="true" pos=".5 0 .3">
      <geom type="sphere" size=".01" material="target" conaffinity="0"/>
    </body>
    <body name="cube" pos=".45 0 ${CUBE_HALF}">
      <freejoint name="cube"/>
      <geom name="cube" type="box" size="${CUBE_HALF} ${CUBE_HALF} ${CUBE_HALF}" mass=".05"
        material="cube" contype="1" friction="1 .05 .001" condim="4"/>
    </body>`,
  });
}
