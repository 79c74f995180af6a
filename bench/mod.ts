/**
 * Every figure that the project promises, beside its peers.
 *
 *     deno task bench                              all of them
 *     deno task bench simulation store             some
 *     deno task bench store --json                 one line of JSON
 *     deno task bench training --against HEAD~5    before and after
 *
 * Each benchmark runs in a process of its own, one after the other, and takes a minute or two;
 * memory takes ten, push-t-policy two hours. Ends with status 1 if a bar is missed. Speed is a
 * ratio of what was measured in one run: give it a quiet machine.
 */
import { defineCommand } from "../cli/kit/flags.ts";
import { noteLine, printLine } from "../cli/kit/output.ts";
import { runCommand } from "../cli/kit/run_command.ts";
import { InvalidInputError } from "../core/errors.ts";
import { suggestName } from "../core/suggest.ts";
import { checkOut, withBefore } from "./_against.ts";
import {
  type Benchmark,
  type BenchmarkOptions,
  type Figure,
  formatFigures,
  reachesBar,
  renderFigures,
} from "./_figures.ts";

/** Benchmarks by name; each has its own file, which only its own process loads. */
const BENCHMARKS: Readonly<Record<string, () => Promise<Benchmark>>> = {
  simulation: async () => (await import("./simulation.ts")).measureSimulation,
  "push-t": async () => (await import("./push_t/push_t.ts")).measurePushT,
  "push-t-policy": async () => (await import("./push_t/push_t_policy.ts")).measurePushTPolicy,
  "pick-place": async () => (await import("./pick_place.ts")).measurePickPlace,
  cameras: async () => (await import("./cameras.ts")).measureCameras,
  memory: async () => (await import("./memory.ts")).measureMemory,
  generation: async () => (await import("./generation.ts")).measureGeneration,
  training: async () => (await import("./training.ts")).measureTraining,
  "reach-expert": async () => (await import("./reach_expert.ts")).measureReachExpert,
  quadruped: async () => (await import("./quadruped.ts")).measureQuadruped,
  flow: async () => (await import("./flow.ts")).measureFlow,
  "chunk-flow": async () => (await import("./chunk_flow.ts")).measureChunkFlow,
  "training-memory": async () => (await import("./training_memory.ts")).measureTrainingMemory,
  store: async () => (await import("./store.ts")).measureStore,
  lerobot: async () => (await import("./lerobot.ts")).measureLeRobot,
  statistics: async () => (await import("./statistics/statistics.ts")).measureStatistics,
  python: async () => (await import("./python.ts")).measurePython,
  loader: async () => (await import("./loader.ts")).measureLoader,
  fuzz: async () => (await import("./fuzz.ts")).measureFuzz,
  matrix: async () => (await import("./matrix.ts")).measureMatrix,
  window: async () => (await import("./window.ts")).measureWindow,
  scale: async () => (await import("./scale.ts")).measureScale,
  "store-s3": async () => (await import("./store_s3.ts")).measureStoreS3,
  orchestration: async () => (await import("./orchestration.ts")).measureOrchestration,
};

/**
 * Benchmarks that run commands of a checkout, and so also measure a commit without the benchmark.
 */
const BY_COMMAND: readonly string[] = ["reach-expert"];

/** Marks the process of one benchmark, which prints its figures as JSON in its last line. */
const ALONE = "--alone";

const BENCH = defineCommand({
  name: "bench",
  summary: "Measures what the project promises, each figure beside its peers.",
  description: `Benchmarks: ${Object.keys(BENCHMARKS).join(", ")}; all of them where none is ` +
    `named. Each takes a minute or two. Give them a quiet machine. Exit status 1 where a bar is ` +
    `missed. "deno task bench:crash" kills runs and is one of its own.`,
  arguments: {
    benchmark: { description: "Which to run; all where absent", optional: true, many: true },
  },
  flags: {
    json: { type: "boolean", description: "Print one line of JSON, with an id for each figure" },
    seed: {
      type: "integer",
      description: "Seed of the worlds, data and weights that are drawn",
      default: 0,
      min: 0,
    },
    episodes: {
      type: "integer",
      description: "Size of the job, for benchmarks that have one; their own where absent",
      min: 1,
    },
    against: {
      type: "text",
      placeholder: "COMMIT",
      description: "Measure a commit of this repository too, in turn: before and after",
    },
  },
  examples: [
    ["deno task bench simulation store", "two of them"],
    ["deno task bench training --against HEAD~5 --json", "before and after, for a program"],
  ],
});

/** @throws {InvalidInputError} If there is none of that name */
function requireKnown(name: string): void {
  if (Object.hasOwn(BENCHMARKS, name)) return;
  const known = Object.keys(BENCHMARKS);
  throw new InvalidInputError(
    `Cannot run benchmark "${name}": expected one of ${known.join(", ")}: ` +
      suggestName(name, known),
  );
}

/** Runs a benchmark of a checkout in a process of its own. */
async function measureAlone(
  name: string,
  options: BenchmarkOptions,
  checkout = new URL("..", import.meta.url),
): Promise<readonly Figure[]> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "bench/mod.ts", ALONE, name, JSON.stringify(options)],
    cwd: checkout,
    stderr: "inherit",
  });
  const { success, stdout } = await command.output();
  if (!success) throw new Error(`Cannot measure "${name}": see above`);
  return JSON.parse(new TextDecoder().decode(stdout).trim().split("\n").at(-1)!);
}

/** Figures of benchmarks; with a commit, each benchmark is measured there and here in turn. */
async function measureAll(
  names: readonly string[],
  options: BenchmarkOptions,
  against: string | undefined,
): Promise<readonly Figure[]> {
  await using other = against === undefined ? null : await checkOut(against);
  const figures: Figure[] = [];
  for (const name of names) {
    if (other !== null) noteLine(`${name} at ${other.commit} …`);
    const before = other === null
      ? []
      : BY_COMMAND.includes(name)
      ? await measureAlone(name, { ...options, checkout: other.path })
      : await measureAlone(name, options, new URL(`file://${other.path}/`));
    noteLine(`${name} …`);
    const now = await measureAlone(name, options);
    figures.push(...other === null ? now : withBefore(now, before, other.commit));
  }
  return figures;
}

if (import.meta.main) {
  const [first, name, options] = Deno.args;
  if (first === ALONE) {
    const measure = await BENCHMARKS[name!]!();
    console.log(JSON.stringify(await measure(JSON.parse(options!))));
    Deno.exit(0); // threads of a library may be left
  }
  await runCommand(BENCH, async ({ arguments: { benchmark }, flags }) => {
    const { seed, episodes, against } = flags;
    const names = benchmark.length === 0 ? Object.keys(BENCHMARKS) : benchmark;
    for (const name of names) requireKnown(name);
    const figures = await measureAll(names, { seed, episodes }, against);
    printLine(flags.json ? formatFigures(figures) : renderFigures(figures));
    return figures.some((figure) => reachesBar(figure) === false) ? 1 : 0;
  });
}
