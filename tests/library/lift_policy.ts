import { registerPolicy } from "@sluice/sluice";

/** Control steps after which the hand is above the cube, at it, closed, and up again. */
const TIMES = [20, 32, 40, 58];

/** Lifts the cube of a gym config with an arm, by code in place of an action config. */
registerPolicy({
  name: "lift-by-code",
  create({ start, holdAction, read, solve }) {
    const [x, y, z] = read(start, "cube_pose");
    const above = solve("arm", { position: [x!, y!, z! + 0.1] });
    const at = above && solve("arm", { position: [x!, y!, z! - 0.004], from: above });
    const up = at && solve("arm", { position: [x!, y!, z! + 0.15], from: at });
    if (!above || !at || !up) return () => holdAction; // out of reach: the episode fails
    const way = [holdAction.subarray(0, 7), above, at, at, up];
    let step = 0;
    return () => {
      step++;
      const found = TIMES.findIndex((time) => step <= time);
      if (found < 0) return Float32Array.of(...up, 0);
      const begin = TIMES[found - 1] ?? 0, share = (step - begin) / (TIMES[found]! - begin);
      const from = way[found]!, to = way[found + 1]!;
      const joints = from.map((angle, i) => angle + share * (to[i]! - angle));
      const finger = found < 2 ? holdAction[7]! : 0; // m, closed once the hand is at the cube
      return Float32Array.of(...joints, finger);
    };
  },
});
