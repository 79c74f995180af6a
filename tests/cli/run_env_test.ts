import assert from "node:assert/strict";
import { join } from "node:path";
import { stringify } from "yaml";
import type { RunSummary } from "../../activities/types.ts";
import { openDataset } from "../../store/mod.ts";
import { LIFT_ACTIONS, LIFT_GYM } from "../sim/declared/_lift.ts";
import { stopServices } from "../library/_services.ts";
import { runTask } from "./_run_task.ts";

/** What the recorder of the lift is told. */
const RECORDER = {
  func: "LeRobotRecorder",
  params: {
    robot_meta: { control_freq: 20, robot_type: "Panda", arm_dofs: 7 },
    instruction: { lang: "Lift the cube" },
    extra: { scene_type: "table" },
  },
};
const RECORDED = { ...LIFT_GYM, env: { ...LIFT_GYM.env, dataset: { lerobot: RECORDER } } };

/** Writes both configs of the lift, the gym config as YAML. */
async function writeLift(folder: string, gym: object = RECORDED, actions: object = LIFT_ACTIONS) {
  await Deno.mkdir(folder, { recursive: true });
  const files = { gym: join(folder, "gym.yaml"), actions: join(folder, "actions.json") };
  await Deno.writeTextFile(files.gym, stringify(gym));
  await Deno.writeTextFile(files.actions, JSON.stringify(actions, null, 2));
  return files;
}

Deno.test("deno task run-env", async (t) => {
  const directory = await Deno.makeTempDir({ prefix: "sluice-run-env-" });
  const root = join(directory, "data");
  const { gym, actions } = await writeLift(join(directory, "lift"));
  const lift = ["run-env", "--gym_config", gym, "--action_config", actions];
  const runEnv = (...flags: string[]) => runTask(root, ...lift, ...flags);
  try {
    await t.step("names the line of a wrong parameter, and what was meant", async () => {
      const wrong = structuredClone(LIFT_GYM) as { env: { events: { cube_mass: object } } };
      wrong.env.events.cube_mass = { func: "randomise_mass", mode: "reset" };
      const files = await writeLift(join(directory, "wrong"), wrong);
      const { status, stderr } = await runTask(root, "run-env", "--gym-config", files.gym);
      assert.equal(status, 2);
      const line = stringify(wrong).split("\n").findIndex((l) => l.includes("randomise_mass")) + 1;
      assert.ok(stderr.includes(`${files.gym}:${line}:7`), stderr);
      assert.match(stderr, /there is no functor "randomise_mass".*did you mean "randomize_mass"\?/);
    });

    await t.step("refuses what has no meaning here, with the reason", async () => {
      for (
        const [flags, reason] of [
          [["--device", "cuda"], /run on the CPU, so that their bits depend on no device/],
          [["--enable_rt"], /run on the CPU/],
          [["--max_episodes", "0"], /expected an integer of at least 1/],
        ] as const
      ) {
        const { status, stderr } = await runEnv(...flags);
        assert.equal(status, 2);
        assert.match(stderr, reason);
      }
    });

    await t.step("--plan shows the schedule of the expert", async () => {
      const { status, stdout } = await runEnv("--plan", "--headless");
      assert.equal(status, 0);
      assert.match(stdout, /arm +approach +0–20 +█+\n +descend +20–32 +█+\n +lift +40–58/);
      assert.match(stdout, /58 steps, 2\.9 s/);
    });

    await t.step("--filter_dataset_saving simulates and saves nothing", async () => {
      const { status, stdout } = await runEnv("--filter_dataset_saving", "--max_episodes", "2");
      assert.equal(status, 0);
      assert.match(stdout, /2 of 2 rollouts succeeded; nothing was saved/);
      await assert.rejects(Deno.stat(root), Deno.errors.NotFound);
    });

    await t.step("saves episodes; a generate stage with the same files is the same", async () => {
      const { status, stdout, stderr } = await runEnv("--max_episodes", "3", "--json");
      assert.equal(status, 0, stderr);
      const { stages } = JSON.parse(stdout) as RunSummary;
      assert.equal(stages["merge"]?.counts["total_episodes"], 3);
      assert.match(stderr, /LeRobot +\S+lerobot\/run-env-lift\/0001/);
      const read = async (file: string) =>
        JSON.parse(await Deno.readTextFile(join(root, "lerobot/run-env-lift/0001/meta", file)));
      const { total_episodes, robot_type } = await read("info.json");
      assert.deepEqual({ total_episodes, robot_type }, { total_episodes: 3, robot_type: "Panda" });
      const about = { robot_meta: { control_freq: 20, robot_type: "Panda", arm_dofs: 7 } };
      assert.deepEqual(await read("sluice/about.json"), {
        ...about,
        instruction: { lang: "Lift the cube" },
        extra: { scene_type: "table" },
      });
      const pipeline = join(directory, "elsewhere", "p.yaml");
      await writeLift(join(directory, "elsewhere", "lift"));
      await Deno.writeTextFile(
        pipeline,
        stringify({
          name: "lift",
          stages: {
            generate: {
              kind: "generate",
              environment: "declared",
              gymConfig: "lift/gym.yaml",
              actionConfig: "lift/actions.json",
              episodes: 3,
              shard: 4,
              attempts: { most: 4, until: "success" },
            },
            validate: { kind: "validate", from: "generate" },
            merge: { kind: "merge", from: "validate" },
          },
        }),
      );
      const plan = await runTask(root, "pipeline", pipeline, "--plan", "--json");
      assert.equal(plan.status, 0, plan.stderr);
      const planned = JSON.parse(plan.stdout).stages.generate;
      assert.equal(planned.key, stages["generate"]?.key);
      assert.equal(planned.storedShards, 1);
    });

    await t.step("records the cameras of the config", async () => {
      const camera = {
        ...{ uid: "front", sensor_type: "Camera", width: 16, height: 12, enable_depth: true },
        extrinsics: { eye: [1, -1, 0.8], target: [0.4, 0, 0.1] },
      };
      const folder = join(directory, "seen");
      await writeLift(folder, { ...LIFT_GYM, sensor: [camera] });
      const pipeline = join(folder, "p.yaml");
      const generate = {
        ...{ kind: "generate", environment: "declared", episodes: 1, shard: 1 },
        ...{ gymConfig: "gym.yaml", actionConfig: "actions.json" },
      };
      const merge = { kind: "merge", from: "generate" };
      await Deno.writeTextFile(
        pipeline,
        stringify({ name: "lift-seen", stages: { generate, merge } }),
      );
      const { status, stdout, stderr } = await runTask(root, "pipeline", pipeline, "--json");
      assert.equal(status, 0, stderr);
      const { stages } = JSON.parse(stdout) as RunSummary;
      const { schema } = await openDataset(stages["merge"]!.path);
      const shapes = schema.step.filter(({ name }) => name.includes("front"))
        .map(({ name, shape }) => [name.split("/").at(-1), shape]);
      assert.deepEqual(shapes, [["front_image", [12, 16, 3]], ["front_depth", [12, 16]]]);
    });

    await t.step("never saves rollouts without a valid plan, and gives up in the end", async () => {
      const far = structuredClone(LIFT_GYM);
      far.rigid_object[0]!.init_pos = [0.85, 0.35, 0.015];
      const files = await writeLift(join(directory, "far"), far);
      const { status, stdout, stderr } = await runTask(
        root,
        ...["run-env", "--gym-config", files.gym, "--action-config", files.actions],
        ...["--max-episodes", "1", "--max-retries", "1", "--save-failed-episodes", "--json"],
      );
      assert.equal(status, 1, stderr);
      const { error } = JSON.parse(stdout) as RunSummary;
      assert.equal(error?.name, "NothingAcceptedError");
      assert.match(error.message, /invalid_plan/);
    });
  } finally {
    await stopServices(root);
    await Deno.remove(directory, { recursive: true });
  }
});
