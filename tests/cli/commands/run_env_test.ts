import assert from "node:assert/strict";
import { join } from "node:path";
import { stringify } from "yaml";
import { parseCommand } from "../../../cli/kit/parse_command.ts";
import { PIPELINE, readPipeline } from "../../../cli/commands/pipeline.ts";
import { prepareRun } from "../../../runtime/prepare/prepared_run.ts";
import { readRunEnv, RUN_ENV } from "../../../cli/commands/run_env.ts";
import { renderSchedules } from "../../../cli/kit/run_pipeline.ts";
import { InvalidInputError } from "../../../core/errors.ts";
import { getEnvironment, rolloutCandidates, validateEpisodes } from "../../../sim/mod.ts";
import { openDataset } from "../../../store/mod.ts";
import { LIFT_ACTIONS, LIFT_GYM } from "../../sim/declared/_lift.ts";
import { summaryOf, TaskDirectory } from "../_task_directory.ts";

/** What the recorder of the lift is told. */
const RECORDER = {
  func: "LeRobotRecorder",
  params: {
    robot_meta: { control_freq: 20, robot_type: "Panda", arm_dofs: 7 },
    instruction: { lang: "Lift the cube" },
    extra: { scene_type: "table" },
  },
};
/** A camera of the scene. */
const CAMERA = {
  ...{ uid: "front", sensor_type: "Camera", width: 16, height: 12, enable_depth: true },
  extrinsics: { eye: [1, -1, 0.8], target: [0.4, 0, 0.1] },
};

const SEEN = {
  ...LIFT_GYM,
  env: { ...LIFT_GYM.env, dataset: { lerobot: RECORDER } },
  sensor: [CAMERA],
};

/** Writes both configs of the lift, the gym config as YAML. */
async function writeLift(folder: string, gym: object = SEEN, actions: object = LIFT_ACTIONS) {
  await Deno.mkdir(folder, { recursive: true });
  const files = { gym: join(folder, "gym.yaml"), actions: join(folder, "actions.json") };
  await Deno.writeTextFile(files.gym, stringify(gym));
  await Deno.writeTextFile(files.actions, JSON.stringify(actions, null, 2));
  return files;
}

/** What a command line asks for. */
function read(...args: readonly string[]) {
  return readRunEnv(parseCommand(RUN_ENV, args));
}

Deno.test("readRunEnv() names the line of a wrong parameter, and what was meant", async () => {
  await using directory = new TaskDirectory();
  const wrong = structuredClone(LIFT_GYM) as { env: { events: { cube_mass: object } } };
  wrong.env.events.cube_mass = { func: "randomise_mass", mode: "reset" };
  const { gym } = await writeLift(directory.path, wrong);
  const line = stringify(wrong).split("\n").findIndex((l) => l.includes("randomise_mass")) + 1;
  await assert.rejects(read("--gym-config", gym), (error) => {
    assert.ok(error instanceof InvalidInputError); // exit status 2
    assert.ok(error.message.includes(`${gym}:${line}:7`), error.message);
    assert.match(error.message, /there is no functor "randomise_mass".*"randomize_mass"\?/);
    return true;
  });
});

Deno.test("run-env refuses what has no meaning here, with the reason", () => {
  for (
    const [flags, reason] of [
      [["--device", "cuda"], /run on the CPU, so that results do not depend on a device/],
      [["--enable_rt"], /with "--enable-rt": images are ray-cast on the CPU/],
      [["--headless", "--max_episodes", "0"], /expected an integer of at least 1/],
    ] as const
  ) {
    assert.throws(() => parseCommand(RUN_ENV, ["--gym_config", "gym.yaml", ...flags]), reason);
  }
});

Deno.test("readRunEnv() refuses the expert where no file declares it", async () => {
  await using directory = new TaskDirectory();
  const { gym } = await writeLift(directory.path);
  await assert.rejects(
    read("--gym_config", gym, "--policy", "scripted"),
    /"--policy scripted": expected random: add --action-config FILE/,
  );
});

Deno.test("run-env never saves rollouts without a valid plan, whatever is to be kept", async () => {
  await using directory = new TaskDirectory();
  const far = structuredClone(LIFT_GYM);
  far.rigid_object[0]!.init_pos = [0.85, 0.35, 0.015];
  const { gym, actions } = await writeLift(directory.path, far);
  const { source, rollouts: { policy, seed }, declaration } = await read(
    ...["--gym-config", gym, "--action-config", actions],
    ...["--max-retries", "1", "--save-failed-episodes"],
  );
  const { generate, filter } = declaration.stages;
  assert.ok(generate?.kind === "generate" && filter?.kind === "filter");
  assert.deepEqual(generate.attempts, { most: 2, until: "valid" });
  assert.equal(filter.requireSuccess, false);
  const environment = getEnvironment("declared", source.options), randomize = true;
  const table = await rolloutCandidates({
    ...{ environment, policy, seed, stream: "generate", first: 0, count: 1, randomize },
    attempts: { most: 2, until: "valid" },
  });
  const [verdict] = await validateEpisodes(environment, table, { policy, randomize });
  assert.deepEqual([verdict?.accepted, verdict?.reason], [false, "invalid_plan"]);
});

Deno.test("deno task run-env", async (t) => {
  await using directory = new TaskDirectory();
  const { root } = directory;
  const { gym, actions } = await writeLift(join(directory.path, "lift"));
  const runEnv = (...flags: string[]) =>
    directory.run("run-env", ["--gym_config", gym, "--action_config", actions, ...flags]);

  await t.step("--filter_dataset_saving simulates and saves nothing", async () => {
    const { code, stdout } = await runEnv("--filter_dataset_saving", "--max_episodes", "2");
    assert.equal(code, 0);
    assert.match(stdout, /2 of 2 rollouts succeeded; nothing was saved/);
    await assert.rejects(Deno.stat(root), Deno.errors.NotFound);
  });

  const result = await runEnv("--max_episodes", "3", "--json");
  const { stages } = summaryOf(result);

  await t.step("saves episodes, with the cameras and as the recorder of the config", async () => {
    assert.equal(stages["merge"]?.counts["total_episodes"], 3);
    const { schema } = await openDataset(stages["merge"].path);
    const shapes = schema.step.filter(({ name }) => name.includes("front"))
      .map(({ name, shape }) => [name.split("/").at(-1), shape]);
    assert.deepEqual(shapes, [["front_image", [12, 16, 3]], ["front_depth", [12, 16]]]);
    assert.match(result.stderr, /LeRobot +\S+lerobot\/run-env-lift\/0001/);
    const read = async (file: string) =>
      JSON.parse(await Deno.readTextFile(join(root, "lerobot/run-env-lift/0001/meta", file)));
    const { total_episodes, robot_type } = await read("info.json");
    assert.deepEqual({ total_episodes, robot_type }, { total_episodes: 3, robot_type: "Panda" });
    assert.deepEqual(await read("sluice/about.json"), RECORDER.params);
  });

  await t.step(
    "tells of the run before it finds that LeRobot's folder cannot be made",
    async () => {
      const env = { SLUICE_LEROBOT_HOME: directory.write("taken", "a file") };
      const { code, stdout, stderr } = await directory.run(
        "run-env",
        ["--gym-config", gym, "--action-config", actions, "--max-episodes", "3"],
        { env },
      );
      assert.equal(code, 1);
      assert.match(stdout, /run-env-lift run 2 completed/);
      assert.match(stderr, /Cannot write .*: set SLUICE_LEROBOT_HOME to another directory and run/);
    },
  );

  await t.step("a generate stage with the same files is the same", async () => {
    const elsewhere = join(directory.path, "elsewhere");
    await writeLift(join(elsewhere, "lift"));
    const files = { gymConfig: "lift/gym.yaml", actionConfig: "lift/actions.json" };
    const attempts = { most: 4, until: "success" };
    const generate = { kind: "generate", environment: "declared", episodes: 3, ...files, attempts };
    const file = directory.write(
      "elsewhere/p.yaml",
      stringify({ name: "p", stages: { generate } }),
    );
    const { declaration } = await readPipeline(parseCommand(PIPELINE, [file]));
    const { plan } = await prepareRun(root, declaration, { from: "/", modules: [] });
    assert.equal(plan.stages[0]!.key, stages["generate"]?.key);
    // What --plan shows of the expert.
    const [schedule = ""] = renderSchedules(plan);
    assert.match(schedule, /arm +approach +0–20 +█+\n +descend +20–32 +█+\n +lift +40–58/);
    assert.match(schedule, /58 steps, 2\.9 s/);
  });
});
