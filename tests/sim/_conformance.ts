import assert from "node:assert/strict";
import { Worker } from "node:worker_threads";
import { type EpisodeTable, rowSize } from "../../core/episode.ts";
import { createRandom } from "../../core/random.ts";
import {
  type EnvironmentDefinition,
  type EnvironmentOptions,
  rolloutCandidates,
  type RolloutOptions,
  validateEpisodes,
  type World,
} from "../../sim/mod.ts";
import {
  digestTable,
  everyRandomization,
  flags,
  float32,
  float64,
  takeEpisode,
} from "./_tables.ts";
import type { ThreadTask } from "./_rollout_thread.ts";

/** What the digest of some episodes was when their code version was given. */
export interface GoldenEpisodes {
  readonly codeVersion: number;
  readonly digest: string;
}

export interface ConformanceOptions {
  /** Undefined where there is none yet: then the test says what to write. */
  readonly golden: GoldenEpisodes | undefined;
  /** URL of the module that registers the environment, where it does not come with Sluice. */
  readonly module?: string;
  /** What the tests are called for; the environment's name and options unless given. */
  readonly title?: string;
  /** Options of the environment, where not its defaults are tested. */
  readonly options?: EnvironmentOptions;
  /** Which episodes of the scripted policy do what it is for: those with success unless given. */
  readonly solved?: (table: EpisodeTable) => readonly boolean[];
}

/** Tests what every registered environment promises. */
export function testConformance(
  environment: EnvironmentDefinition,
  { golden, module, title, options: environmentOptions = {}, solved = succeeded }:
    ConformanceOptions,
): void {
  const name = title ?? [environment.name, ...Object.values(environmentOptions)].join(" with ");

  /** Everything on that can change bytes. */
  const everything: Omit<RolloutOptions, "first" | "count"> = {
    environment,
    policy: "random",
    seed: 5,
    stream: "conformance",
    maxSteps: Math.min(30, environment.maxSteps),
    randomize: everyRandomization(environment),
    actionNoise: 0.1,
  };

  Deno.test(`${name}: its definition is consistent`, async () => {
    using world = await environment.create();
    world.configure({});
    const observation = world.reset(createRandom(1, "start", 0));
    const size = environment.observation.reduce((sum, { shape }) => sum + rowSize(shape), 0);
    assert.equal(observation.length, size);
    assert.equal(world.snapshot().length, environment.stateSize);
    for (const policy of ["random", "scripted"]) assert.ok(environment.policies.includes(policy));
    const schema = environment.schema({ randomize: true, actionNoise: 1 });
    const names = [...schema.step, ...schema.episode].map((field) => field.name);
    assert.equal(new Set(names).size, names.length);
    for (const { distribution, range, bounds } of environment.randomization) {
      assert.equal(range !== undefined && bounds !== undefined, distribution === "uniform");
    }
  });

  Deno.test(`${name}: the same seed gives the same bytes, another seed others`, async () => {
    const digest = async (options: Partial<RolloutOptions>) =>
      digestTable(await rolloutCandidates({ ...everything, first: 0, count: 3, ...options }));
    const first = await digest({});
    assert.equal(await digest({}), first);
    assert.notEqual(await digest({ seed: 6 }), first);
    assert.notEqual(await digest({ stream: "other" }), first);
  });

  Deno.test(`${name}: bytes change only with its code version`, async () => {
    const table = await rolloutCandidates({ ...everything, first: 0, count: 3 });
    assert.deepEqual(
      { codeVersion: environment.codeVersion, digest: digestTable(table) },
      golden,
      "where the change is meant, raise codeVersion and write both into the golden file",
    );
  });

  Deno.test(`${name}: a candidate is the same alone, in a batch and on another thread`, async () => {
    const batch = await rolloutCandidates({ ...everything, first: 5, count: 4 });
    const alone = await rolloutCandidates({ ...everything, first: 7, count: 1 });
    const digest = digestTable(alone);
    assert.equal(digestTable(takeEpisode(batch, 2)), digest);
    const { environment: { name }, ...options } = { ...everything, first: 7, count: 1 };
    const task = { environment: name, environmentOptions, options, module };
    assert.equal(await digestOnThread(task), digest);
  });

  Deno.test(`${name}: observations and actions lie in their spaces`, async () => {
    const randomize = everyRandomization(environment);
    const table = await rolloutCandidates({
      ...everything,
      first: 20,
      count: 10,
      maxSteps: environment.maxSteps,
    });
    const verdicts = await validateEpisodes(environment, table, { randomize, actionNoise: 0.1 });
    assert.deepEqual(verdicts.filter(({ accepted }) => !accepted), []);
  });

  Deno.test(`${name}: restore() continues bit for bit, in the same world and in another`, async () => {
    using world = await environment.create();
    using other = await environment.create();
    world.configure({});
    other.configure({});
    world.reset(createRandom(1, "start", 0));
    advance(environment, world, "before", 7);
    const state = world.snapshot();
    const expected = advance(environment, world, "behind", 12);
    other.reset(createRandom(1, "start", 1));
    advance(environment, other, "elsewhere", 5);
    for (const next of [world, other]) {
      next.restore(state);
      assert.deepEqual(next.snapshot(), state);
      assert.deepEqual(advance(environment, next, "behind", 12), expected);
    }
    assert.throws(() => world.restore(state.subarray(1)), RangeError);
  });

  Deno.test(`${name}: replaying stored actions gives the stored observations`, async () => {
    const table = await rolloutCandidates({ ...everything, first: 3, count: 1 });
    using world = await environment.create();
    world.configure(Object.fromEntries(environment.randomization.map((spec) => {
      return [spec.name, float64(table.episode[`randomization/${spec.name}`])];
    })));
    world.restore(float64(table.episode["start_state"]));
    const actions = float32(table.step["action"]);
    const size = rowSize(environment.action.shape);
    for (let step = 0; step < table.lengths[0]!; step++) {
      world.step(actions.subarray(step * size, (step + 1) * size));
    }
    const final = environment.observation.flatMap(({ name }) => [
      ...float32(table.episode[`final_observation/${name}`]),
    ]);
    assert.deepEqual([...world.observe()], final);
  });

  Deno.test(`${name}: configure() undoes an earlier draw`, async () => {
    using world = await environment.create();
    using fresh = await environment.create();
    const draw = Object.fromEntries(environment.randomization.map(({ name, shape, range }) => [
      name,
      new Float64Array(rowSize(shape)).fill(range?.[1] ?? 0.5),
    ]));
    const run = (world: World, draw: Parameters<World["configure"]>[0]) => {
      world.configure(draw);
      world.reset(createRandom(1, "start", 2));
      return [advance(environment, world, "actions", 8), world.render({ width: 16, height: 12 })];
    };
    const nominal = run(fresh, {});
    if (environment.randomization.length > 0) assert.notDeepEqual(run(world, draw), nominal);
    assert.deepEqual(run(world, {}), nominal);
  });

  Deno.test(`${name}: its scripted policy solves it`, async () => {
    const table = await rolloutCandidates({
      environment,
      policy: "scripted",
      seed: 9,
      stream: "scripted",
      first: 0,
      count: 20,
      randomize: true,
      // Enough to tell where episodes are long and end by a fall alone.
      maxSteps: Math.min(1000, environment.maxSteps),
    });
    const success = solved(table);
    assert.ok(success.filter(Boolean).length >= 19, `solved ${success}`);
  });
}

function succeeded(table: EpisodeTable): readonly boolean[] {
  return Array.from(flags(table.episode["success"]), (flag) => flag === 1);
}

/** The last observation after some random actions. */
function advance(
  environment: EnvironmentDefinition,
  world: World,
  stream: string,
  steps: number,
): Float32Array {
  const policy = environment.createPolicy("random", world, createRandom(2, stream, 0));
  let observation = world.observe();
  for (let step = 0; step < steps; step++) observation = world.step(policy(observation));
  return observation;
}

/** Digest of a rollout in a thread of its own. */
function digestOnThread(task: ThreadTask): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const file = new URL("./_rollout_thread.ts", import.meta.url);
  const thread = new Worker(file, { workerData: task });
  thread.once("message", resolve);
  thread.once("error", reject);
  return promise.finally(() => thread.terminate());
}
