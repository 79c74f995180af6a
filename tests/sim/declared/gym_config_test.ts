import assert from "node:assert/strict";
import { checkActionConfig } from "../../../sim/action_bank/bank.ts";
import { checkGymConfig } from "../../../sim/declared/check_gym_config.ts";
import { LIFT_ACTIONS, LIFT_GYM } from "./_lift.ts";

/** The lift with one value replaced, as a file would hold it. */
function changed(config: unknown, path: readonly string[], value: unknown): unknown {
  const copy = structuredClone(config);
  let at = copy as Record<string, unknown>; // a config is an object
  for (const part of path.slice(0, -1)) at = at[part] as Record<string, unknown>; // of objects
  at[path.at(-1)!] = value;
  return copy;
}

/** Findings as `<path>: <check>: <problem>: <remedy>`. */
function gymFaults(path: readonly string[], value: unknown): string {
  const { findings } = checkGymConfig(changed(LIFT_GYM, path, value));
  return findings.map(({ path, check, problem, remedy }) =>
    `${path.join(".")}: ${check}: ${problem}: ${remedy}`
  ).join("\n");
}

function actionFaults(path: readonly string[], value: unknown): string {
  const { config } = checkGymConfig(LIFT_GYM);
  const { findings } = checkActionConfig(changed(LIFT_ACTIONS, path, value), config!);
  return findings.map(({ path, check, problem, remedy }) =>
    `${path.join(".")}: ${check}: ${problem}: ${remedy}`
  ).join("\n");
}

Deno.test("checkGymConfig() accepts a config and fills in its defaults", () => {
  const { config, findings } = checkGymConfig({ id: "Arm", robot: { robot_type: "SingleArm" } });
  assert.deepEqual(findings, []);
  assert.equal(config?.max_episode_steps, 200);
  assert.deepEqual(config?.env.events, {});
});

Deno.test("checkGymConfig() says which parameter of a functor is wrong, and what was meant", () => {
  const mass = ["env", "events", "cube_mass"];
  assert.equal(
    gymFaults([...mass, "params"], { entity_cfg: { uid: "cube" }, mass_rage: [1, 2] }),
    "env.events.cube_mass.params.mass_range: wrong-type: expected a list, found nothing: add it\n" +
      'env.events.cube_mass.params.mass_rage: unknown-key: there is no parameter "mass_rage": ' +
      'did you mean "mass_range"?',
  );
  assert.match(
    gymFaults([...mass, "params", "mass_range"], [2, 1]),
    /params\.mass_range: wrong-value: expected \[low, high\] with low at most high/,
  );
  assert.match(gymFaults([...mass, "params", "mass_range"], [0, 1]), /expected masses above 0/);
  assert.match(
    gymFaults([...mass, "params", "entity_cfg"], { uid: "cub" }),
    /entity_cfg\.uid: unknown-entity: there is no entity "cub": did you mean "cube"\?/,
  );
  assert.match(
    gymFaults([...mass, "params", "entity_cfg"], { uid: "table" }),
    /"table" is fixed, expected dynamic or group/,
  );
  assert.match(gymFaults([...mass, "func"], "randomise_mass"), /did you mean "randomize_mass"\?/);
  assert.match(
    gymFaults([...mass, "mode"], "interval"),
    /mode: wrong-mode: "randomize_mass" has no mode "interval": use startup or reset/,
  );
});

Deno.test("checkGymConfig() refuses what cannot be built, and what does not fit together", () => {
  assert.match(
    gymFaults(["sensor"], [{ uid: "cam", sensor_type: "Camera" }]),
    /sensor\.0\.extrinsics: wrong-type: expected an object, found nothing/,
  );
  assert.match(
    gymFaults(["articulation"], [{ uid: "door" }]),
    /articulation\.0\.links: wrong-type: expected an array, found nothing: add it/,
  );
  assert.match(
    gymFaults(["background"], [{ uid: "mug", shape: { shape_type: "Mesh", fpath: "mug.obj" } }]),
    /shape\.vertices: wrong-type: expected an array, found nothing/,
  );
  assert.match(
    gymFaults(["robot", "uid"], "cube"),
    /rigid_object\.0\.uid: duplicate-uid: two are named "cube"/,
  );
  assert.match(
    gymFaults(["env", "control_parts"], ["left_arm"]),
    /control_parts\.0: unknown-part: a SingleArm has no part "left_arm": use one of arm, eef/,
  );
  assert.match(gymFaults(["robot", "init_qpos"], { arm: [1] }), /wrong-size: expected 7 numbers/);
  assert.match(
    gymFaults(["env", "observations"], {}),
    /rewards\.near: missing-field: "distance_to_target" reads observation "cube_pose"/,
  );
  assert.match(
    gymFaults(["env", "observations", "joints", "name"], "joint_po"),
    /unknown-field: there is no observation "joint_po" to modify: did you mean/,
  );
  assert.match(
    gymFaults(["env", "dataset", "lerobot", "params", "save_path"], "../elsewhere"),
    /save_path: wrong-value: expected a path below the data directory/,
  );
  assert.match(gymFaults(["max_episode_stepz"], 3), /did you mean "max_episode_steps"\?/);
});

Deno.test("checkActionConfig() names what is wrong with a bank and where", () => {
  assert.equal(actionFaults(["sync"], LIFT_ACTIONS.sync), "");
  assert.match(
    actionFaults(["edge", "arm", "lift", "sink"], "liftd"),
    /edge\.arm\.lift\.sink: unknown-node: scope "arm" has no node "liftd"/,
  );
  assert.match(actionFaults(["edge", "arm", "lift", "duration"], -3), /negative-duration/);
  assert.match(
    actionFaults(["edge", "arm", "lift", "src"], "above"),
    /lift\.src: unreachable-edge: it begins at node "above", but scope "arm" is then at "at_cube"/,
  );
  assert.match(
    actionFaults(["sync", "descend"], { depend_tasks: ["grasp"] }),
    /sync\.\w+: cycle: it waits for itself: /,
  );
  assert.match(actionFaults(["edge", "arm", "lift", "start"], 2), /lift\.start: overlap/);
  assert.match(
    actionFaults(["edge", "arm", "lift", "duration"], 500),
    /too-long: the schedule takes 540 steps, more than max_episode_steps \(80\)/,
  );
  assert.match(
    actionFaults(["node", "arm", "above", "kwargs", "affordance"], "grap"),
    /unknown-affordance: "cube" has no affordance "grap": did you mean "grasp"\?/,
  );
  assert.match(
    actionFaults(["node", "leg"], {}),
    /node\.leg: unknown-scope: there is no scope "leg"/,
  );
  assert.match(
    actionFaults(["scope", "arm", "dim"], [6]),
    /scope\.arm\.dim: wrong-size: "arm" has 7 joints, found 6/,
  );
});

Deno.test("checkActionConfig() reads nodes and edges as objects or as lists of one-key objects", () => {
  const { config } = checkGymConfig(LIFT_GYM);
  const lists = (section: Readonly<Record<string, object>>) =>
    Object.fromEntries(
      Object.entries(section).map(([scope, items]) => [
        scope,
        Object.entries(items).map(([name, item]) => ({ [name]: item })),
      ]),
    );
  const listed = {
    ...LIFT_ACTIONS,
    node: lists(LIFT_ACTIONS.node),
    edge: lists(LIFT_ACTIONS.edge),
  };
  const expected = checkActionConfig(LIFT_ACTIONS, config!).bank;
  assert.ok(expected !== null);
  assert.deepEqual(checkActionConfig(listed, config!).bank, expected);
  const twice = structuredClone(listed);
  twice.edge["eef"]!.push(structuredClone(twice.edge["eef"]![0]!));
  const { findings } = checkActionConfig(twice, config!);
  assert.deepEqual(findings.map(({ check }) => check), ["duplicate-edge"]);
});
