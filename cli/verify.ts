import { join, resolve } from "node:path";
import { InvalidInputError } from "../core/errors.ts";
import { resolveRun, type RunLocation, verifyDirectory } from "../store/mod.ts";
import { formatCount } from "../view/format.ts";
import { importModules, MODULE_FLAG } from "./code_modules.ts";
import { dataRoot, displayPath } from "./data_root.ts";
import { defineCommand } from "./flags.ts";
import { printLine } from "./output.ts";
import { formatBytes } from "./plan_view.ts";
import { type ReproducedShard, reproduceShards } from "./reproduce.ts";
import { runCommand } from "./run_command.ts";
import { JSON_FLAG } from "./run_flags.ts";

export const VERIFY = defineCommand({
  name: "verify",
  summary: "Reads everything of a run, a dataset or a stage again and names what is damaged.",
  arguments: {
    target: { description: "A run (reach-expert, reach-expert/7), a stage of it, or a path" },
  },
  flags: {
    reproduce: {
      type: "boolean",
      description: "Simulate some shards of the run again and compare the bytes",
    },
    shards: {
      type: "integer",
      description: "Shards of each generate stage to simulate again",
      default: 3,
      min: 1,
    },
    ...MODULE_FLAG,
    ...JSON_FLAG,
  },
  examples: [
    ["deno task verify reach-expert", "is every byte of the latest run as it was written?"],
    ["deno task verify reach-expert/7 --reproduce --shards 10", "and does it come out again?"],
  ],
});

if (import.meta.main) {
  await runCommand(VERIFY, async ({ arguments: { target }, flags }) => {
    const root = dataRoot();
    await importModules(flags.module);
    const { directory, run } = await findTarget(root, target);
    if (flags.reproduce && run === null) {
      throw new InvalidInputError(
        `Cannot reproduce "${target}": expected a run, found a path to something else: name the run`,
      );
    }
    const report = await verifyDirectory(directory);
    for (const { path, problem } of report.faults) {
      if (!flags.json) printLine(`damaged: ${join(displayPath(directory), path)}: ${problem}`);
    }
    const reproduced: ReproducedShard[] = [];
    if (flags.reproduce && run !== null) {
      await reproduceShards(root, run.directory, {
        count: flags.shards,
        onShard(shard) {
          reproduced.push(shard);
          if (!flags.json) printLine(describeShard(shard));
        },
      });
    }
    const different = reproduced.filter(({ expected, found }) => expected !== found);
    const whole = report.faults.length === 0 && different.length === 0;
    printLine(
      flags.json ? JSON.stringify({ ...report, reproduced, whole }) : [
        `${formatCount(report.files)} files of ${formatCount(report.commits)} commits read`,
        `${formatBytes(report.bytes)}`,
        whole ? "nothing is damaged" : remedyOf(report.faults.length, different.length),
      ].join(", "),
    );
    return whole ? 0 : 1;
  });
}

/** A run, a stage of a run, or anything with commits in it. */
async function findTarget(
  root: string,
  text: string,
): Promise<{ readonly directory: string; readonly run: RunLocation | null }> {
  const [pipeline, number, stage, ...rest] = text.split("/");
  const isStage = stage !== undefined && rest.length === 0;
  try {
    const run = await resolveRun(root, isStage ? `${pipeline}/${number}` : text);
    const directory = join(root, run.directory, ...(isStage ? ["stages", stage] : []));
    return { directory: await Deno.realPath(directory), run: isStage ? null : run };
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    for (const path of [resolve(text), resolve(root, text)]) {
      const directory = await Deno.realPath(path).catch(() => null);
      if (directory !== null) return { directory, run: null };
    }
    throw error;
  }
}

function describeShard({ stage, shard, expected, found }: ReproducedShard): string {
  return expected === found
    ? `${stage}, shard ${shard}: the same bytes`
    : `different: ${stage}, shard ${shard}: expected digest ${expected}, found ${found}`;
}

function remedyOf(damaged: number, different: number): string {
  const found = [
    ...(damaged > 0 ? [`${damaged} files damaged: remove their directories and run again`] : []),
    ...(different > 0 ? [`${different} shards came out differently`] : []),
  ];
  return found.join("; ");
}
