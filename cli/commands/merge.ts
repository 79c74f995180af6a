import { resolveArtifact } from "../../runtime/data/artifacts.ts";
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { InvalidInputError } from "../../core/errors.ts";
import { type Commit, mergeStored, type StoredInput } from "../../store/mod.ts";
import { formatCount, formatCounted } from "../../view/format.ts";
import { shellWord } from "../kit/command_line.ts";
import { dataRoot, dataRootWith, displayPath, userPath, workingDirectory } from "../kit/places.ts";
import { defineCommand } from "../kit/flags.ts";
import { inForeground } from "../kit/foreground_work.ts";
import { printLine } from "../kit/output.ts";
import { checkPlace } from "../../runtime/data/output_place.ts";
import { finishReplacement, replaceDataset } from "../../runtime/data/replace_dataset.ts";
import { runCommand } from "../kit/run_command.ts";
import { JSON_FLAG } from "../kit/run_flags.ts";
import { renderDatasetStatistics } from "../render/summary.ts";

export const MERGE = defineCommand({
  name: "merge",
  summary: "Merges datasets that share a schema into one dataset.",
  description: "Renumbers episodes, keeps their splits and sources, and recomputes statistics. " +
    "--into may name one of the inputs, unless it is a stage of a run; that dataset is " +
    "replaced once the merged one is complete.",
  arguments: {
    dataset: {
      description: "Runs (reach-expert, reach-expert/7), their stages, or paths",
      many: true,
    },
  },
  flags: {
    into: {
      type: "text",
      placeholder: "DIR",
      description: "Directory of the merged dataset: new, empty, or one of the inputs",
    },
    skipDuplicates: {
      type: "boolean",
      description: "Skip episodes identical to an earlier one (default: fail)",
    },
    ...JSON_FLAG,
  },
  examples: [
    ["deno task merge reach-expert/1 reach-expert/2 --into data/datasets/both", "merge two runs"],
    ["deno task merge data/datasets/all reach-expert --into data/datasets/all", "add to a dataset"],
  ],
});

/**
 * Checks that a merged dataset can be written to a place.
 *
 * @param runs What of the inputs was named as a run, not by its path
 * @throws {InvalidInputError} If something else lies there
 */
async function checkTarget(
  into: string | undefined,
  inputs: readonly StoredInput[],
  runs: readonly string[],
): Promise<string> {
  if (into === undefined) {
    throw new InvalidInputError({
      action: "run",
      place: "merge",
      expected: "--into DIR",
      found: "none",
      remedy: "add --into with the directory to write",
    });
  }
  if (runs.includes(into) && !existsSync(userPath(into))) {
    throw new InvalidInputError({
      action: "merge into",
      place: into,
      expected: "a directory",
      found: "a run, whose dataset is immutable",
      remedy: "choose another directory",
    });
  }
  const target = existsSync(userPath(into))
    ? Deno.realPathSync(userPath(into))
    : checkPlace(into, workingDirectory());
  if (!relative(join(await dataRoot(), "stages"), target).startsWith("..")) {
    throw new InvalidInputError({
      action: "merge into",
      place: into,
      expected: "a directory outside the stage store",
      found: "the place of a stage",
      remedy: "choose another directory",
    });
  }
  if (!existsSync(target) || inputs.some(({ directory }) => directory === target)) return target;
  if (Deno.statSync(target).isDirectory && readdirSync(target).length === 0) return target;
  throw new InvalidInputError({
    action: "merge into",
    place: into,
    expected: "a new or empty directory or one of the datasets",
    found: "something else",
    remedy: "choose another directory",
  });
}

/** Merges beside the target and moves the result there when it is complete. */
async function mergeInto(
  target: string,
  inputs: readonly StoredInput[],
  duplicates: "refuse" | "skip",
): Promise<Commit> {
  const fresh = join(dirname(target), `.${basename(target)}.merging`);
  rmSync(fresh, { recursive: true, force: true }); // of a merge that was killed
  mkdirSync(dirname(target), { recursive: true });
  try {
    const commit = await inForeground(
      "no dataset was changed",
      ({ signal, show }) =>
        mergeStored(fresh, inputs, {
          duplicates,
          signal,
          onProgress: ({ episodes, total }) =>
            show(
              `Merging into ${displayPath(target)}: ${formatCount(episodes)} of ` +
                `${formatCount(total)} episodes`,
            ),
        }),
    );
    replaceDataset(target, fresh);
    return commit;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  await runCommand(MERGE, async ({ arguments: { dataset }, flags }) => {
    const root = await dataRoot();
    if (flags.into !== undefined) finishReplacement(userPath(flags.into));
    const inputs: StoredInput[] = [], runs: string[] = [];
    for (const name of dataset) {
      await dataRootWith(name, "dataset");
      const { directory, run } = await resolveArtifact(root, name, "dataset");
      // A path says where a dataset lay on this machine, which is nothing for its bytes.
      if (run !== null) runs.push(name);
      inputs.push({ name: run === null ? basename(directory) : name, directory });
    }
    const target = await checkTarget(flags.into, inputs, runs);
    const commit = await mergeInto(target, inputs, flags.skipDuplicates ? "skip" : "refuse");
    const { counts, metrics, digest } = commit, path = displayPath(target);
    if (flags.json) {
      printLine(JSON.stringify({ path, digest, counts, metrics }));
      return 0;
    }
    const bytes = Number(metrics["file_size_mb"]) * 1e6;
    printLine(renderDatasetStatistics({ counts, metrics }, { path: target, bytes }));
    if (counts["duplicates"]) {
      printLine(`${formatCounted(counts["duplicates"], "duplicate")} skipped`);
    }
    const next = [`deno task verify ${shellWord(path)}`];
    // A stage reads what lies in the data directory, so that every machine finds it.
    if (!relative(root, target).startsWith("..")) {
      next.unshift(`deno task train ${shellWord(path)}`);
    }
    printLine(["\nNext:", ...next.map((step) => `  ${step}`)].join("\n"));
    return 0;
  });
}
