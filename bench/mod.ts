/**
 * Every figure that the project promises, beside its peers.
 *
 *     deno task bench                      all of them
 *     deno task bench simulation store     some
 *
 * Each benchmark runs in a process of its own, one after the other, and takes a minute or two;
 * memory takes ten, push-t-policy an hour and a half. Ends with status 1 where a bar is missed. Speed is a ratio of what was measured
 * in one run: give it a quiet machine.
 */
import { InvalidInputError } from "../core/errors.ts";
import { suggestName } from "../core/suggest.ts";
import { type Figure, reachesBar, renderFigures } from "./_figures.ts";

const BENCHMARKS: Readonly<Record<string, () => Promise<readonly Figure[]>>> = {
  simulation: async () => await (await import("./simulation.ts")).measureSimulation(),
  "push-t": async () => await (await import("./push_t.ts")).measurePushT(),
  "push-t-policy": async () => await (await import("./push_t_policy.ts")).measurePushTPolicy(),
  "pick-place": async () => await (await import("./pick_place.ts")).measurePickPlace(),
  cameras: async () => await (await import("./cameras.ts")).measureCameras(),
  memory: async () => await (await import("./memory.ts")).measureMemory(),
  generation: async () => await (await import("./generation.ts")).measureGeneration(),
  training: async () => await (await import("./training.ts")).measureTraining(),
  quadruped: async () => await (await import("./quadruped.ts")).measureQuadruped(),
  flow: async () => await (await import("./flow.ts")).measureFlow(),
  "training-memory": async () =>
    await (await import("./training_memory.ts")).measureTrainingMemory(),
  store: async () => await (await import("./store.ts")).measureStore(),
  lerobot: async () => await (await import("./lerobot.ts")).measureLeRobot(),
  orchestration: async () => await (await import("./orchestration.ts")).measureOrchestration(),
};

/** Marks the process of one benchmark, which prints its figures as JSON in its last line. */
const ALONE = "--alone";

/** The text of --help, which is not a command of cli/: benchmarks come with the source alone. */
const HELP = `Usage: deno task bench [benchmark]...

Measures what the project promises, each figure beside its peers, in a minute or two each. Give it a
quiet machine. Exit status 1 where a bar is missed.

Benchmarks: ${Object.keys(BENCHMARKS).join(", ")}; all of them where none is named.
"deno task bench:crash" kills runs and is one of its own.`;

async function main(args: readonly string[]): Promise<number> {
  if (args.some((arg) => arg === "--help" || arg === "-h")) {
    console.log(HELP);
    return 0;
  }
  const names = args.length === 0 ? Object.keys(BENCHMARKS) : args;
  for (const name of names) requireKnown(name);
  const figures: Figure[] = [];
  for (const name of names) {
    console.error(`${name} …`);
    figures.push(...await measureAlone(name));
  }
  console.log(renderFigures(figures));
  return figures.some((figure) => reachesBar(figure) === false) ? 1 : 0;
}

function requireKnown(name: string): void {
  if (Object.hasOwn(BENCHMARKS, name)) return;
  const known = Object.keys(BENCHMARKS);
  throw new InvalidInputError(
    `Cannot run benchmark "${name}": expected one of ${known.join(", ")}: ` +
      suggestName(name, known),
  );
}

async function measureAlone(name: string): Promise<readonly Figure[]> {
  const script = decodeURIComponent(new URL(import.meta.url).pathname);
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", script, ALONE, name],
    stderr: "inherit",
  });
  const { success, stdout } = await command.output();
  if (!success) throw new Error(`Cannot measure "${name}": see above`);
  return JSON.parse(new TextDecoder().decode(stdout).trim().split("\n").at(-1)!);
}

if (import.meta.main) {
  const [first, ...rest] = Deno.args;
  if (first === ALONE) {
    const figures = await BENCHMARKS[rest[0]!]!();
    console.log(JSON.stringify(figures));
    Deno.exit(0); // threads of a library may be left
  }
  try {
    Deno.exit(await main(Deno.args));
  } catch (error) {
    console.error(error instanceof InvalidInputError ? error.message : error);
    Deno.exit(error instanceof InvalidInputError ? 2 : 1);
  }
}
