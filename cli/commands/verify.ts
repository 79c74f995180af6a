import { existsSync, readdirSync, realpathSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { InvalidInputError } from "../../core/errors.ts";
import { suggestName } from "../../core/suggest.ts";
import {
  type Blobs,
  type Fault,
  hasCommit,
  isS3Place,
  readCommit,
  readPublishedCommit,
  readRun,
  resolveRun,
  type RunLocation,
  sumsOf,
  unpackedPath,
  verifyDirectory,
  type VerifyOptions,
  verifyPublished,
  type VerifyReport,
} from "../../store/mod.ts";
import { formatBytes, formatCount, formatCounted } from "../../view/format.ts";
import { importModules } from "../../runtime/prepare/code_modules.ts";
import { openVerifiedRoot } from "../../runtime/data/verified_root.ts";
import { MODULE_FLAG } from "../kit/module_flag.ts";
import { displayPath, openDataRoot, userPath, workingDirectory } from "../kit/places.ts";
import { defineCommand, type FlagValues } from "../kit/flags.ts";
import { inForeground } from "../kit/foreground_work.ts";
import { INSECURE_STORE_FLAG, openObjects } from "../kit/object_place.ts";
import { noteLine, printLine } from "../kit/output.ts";
import { type ReproducedShard, reproduceShards } from "../../runtime/run/reproduce.ts";
import { type ExitStatus, runCommand } from "../kit/run_command.ts";
import { JSON_FLAG } from "../kit/run_flags.ts";

export const VERIFY = defineCommand({
  name: "verify",
  summary: "Checks every stored byte of a run, dataset or stage, and reports damage.",
  arguments: {
    target: {
      description:
        "A run (reach-expert, reach-expert/7), one of its stages, a path, or a dataset " +
        "in a bucket (s3://BUCKET/PREFIX)",
    },
  },
  flags: {
    reproduce: {
      type: "boolean",
      description: "Also re-simulate some shards of the run and compare their bytes",
    },
    shards: {
      type: "integer",
      description: "Shards of each generate stage to re-simulate",
      default: 3,
      min: 1,
    },
    sha256sums: {
      type: "boolean",
      description: "Instead, print the lines whose SHA-256 is the digest, for sha256sum --check",
    },
    ...MODULE_FLAG,
    ...INSECURE_STORE_FLAG,
    ...JSON_FLAG,
  },
  examples: [
    ["deno task verify reach-expert", "check every byte of the latest run"],
    [
      "deno task verify reach-expert/7/merge --sha256sums",
      "the sums of its dataset, for sha256sum --check",
    ],
    [
      "deno task verify reach-expert/7 --reproduce --shards 10",
      "and check that it is reproducible",
    ],
  ],
});

if (import.meta.main) {
  await runCommand(VERIFY, async ({ arguments: { target }, flags }) => {
    await importModules(flags.module, workingDirectory());
    // A dataset in a bucket needs no data directory.
    const place = isS3Place(target) ? { root: workingDirectory() } : await openDataRoot();
    await using verified = await openVerifiedRoot(place, target);
    const { root } = verified;
    const blobs = isS3Place(target) ? openObjects(target, flags) : null;
    const { directory, run, stage } = blobs === null
      ? await findTarget(root, target)
      : { directory: blobs.place, run: null, stage: null };
    if (flags.reproduce && run === null) throw noRun(target);
    if (flags.sha256sums) return await printSums(target, blobs, { directory, stage });
    const found = await readAll(
      target,
      (options) =>
        blobs === null
          ? verifyDirectory(directory, {
            ...{ root, ...verified.options, ...options },
            ...(stage === null ? {} : { stage }),
          })
          : verifyPublished(blobs, options),
    );
    const { report, place: shown } = verified.describe(directory, found);
    const at = shown ?? displayPath(directory);
    for (const { path, problem } of flags.json ? [] : report.faults) {
      printLine(`damaged: ${isS3Place(at) ? `${at}/${path}` : join(at, path)}: ${problem}`);
    }
    if (!flags.json) { for (const note of report.notes) noteLine(`note: ${note}`); }
    const reproduced = flags.reproduce && run !== null ? await reproduce(root, run, flags) : [];
    const different = reproduced.filter(({ expected, found }) => expected !== found);
    const whole = report.faults.length === 0 && different.length === 0;
    printLine(
      flags.json ? JSON.stringify({ ...report, reproduced, whole }) : [
        `${formatCounted(report.files, "file")} of ${formatCounted(report.commits, "commit")} read`,
        `${formatBytes(report.bytes)}`,
        whole ? "no damage found" : remedyOf(shown ?? directory, report.faults, different.length),
      ].join(", "),
    );
    return whole ? 0 : 1;
  });
}

/** Prints the lines that the digest of one commit is made of. */
async function printSums(
  target: string,
  blobs: Blobs | null,
  { directory, stage }: Pick<Target, "directory" | "stage">,
): Promise<ExitStatus> {
  const place = stage === null ? directory : realpathSync(join(directory, "stages", stage));
  const commit = blobs === null ? await readCommit(place) : await readPublishedCommit(blobs);
  if (commit === null) {
    throw new InvalidInputError({
      action: "print the sums of",
      place: target,
      expected: "a stage, a dataset or a shard",
      found: "a directory without a commit",
      remedy: "name a stage of the run, such as reach-expert/7/merge",
    });
  }
  printLine(sumsOf(commit.files).trimEnd());
  return 0;
}

/** Reads what is stored in the foreground. */
function readAll(
  target: string,
  read: (options: Pick<VerifyOptions, "signal" | "onProgress">) => Promise<VerifyReport>,
): Promise<VerifyReport> {
  return inForeground(
    "not everything was read; stored data is unchanged",
    ({ signal, show }) =>
      read({
        signal,
        onProgress: ({ files, bytes }) =>
          show(`Reading ${target}: ${formatCounted(files, "file")}, ${formatBytes(bytes)}`),
      }),
  );
}

/** Re-simulates some shards of a run in the foreground. */
async function reproduce(
  root: string,
  { directory }: RunLocation,
  { shards, json }: Pick<FlagValues<typeof VERIFY.flags>, "shards" | "json">,
): Promise<readonly ReproducedShard[]> {
  const reproduced: ReproducedShard[] = [];
  await inForeground(
    "re-simulated shards are discarded",
    ({ signal }) =>
      reproduceShards(root, directory, {
        count: shards,
        signal,
        onShard(shard) {
          reproduced.push(shard);
          if (!json) printLine(describeShard(shard));
        },
      }),
  );
  return reproduced;
}

function noRun(target: string): InvalidInputError {
  return new InvalidInputError({
    action: "reproduce",
    place: target,
    expected: "a run",
    found: "a path to something else",
    remedy: "name the run",
  });
}

interface Target {
  /** Absolute. */
  readonly directory: string;
  /** Null if it is no whole run. */
  readonly run: RunLocation | null;
  /** Stage of the run in the directory; null for the whole run. */
  readonly stage: string | null;
}

/** A run, a stage of a run, or a directory with commits in it. */
async function findTarget(root: string, text: string): Promise<Target> {
  const [pipeline, number, stage, ...rest] = text.replace(/\/+$/, "").split("/");
  const isStage = stage !== undefined && rest.length === 0;
  try {
    const run = await resolveRun(root, isStage ? `${pipeline}/${number}` : text);
    const directory = join(existsSync(root) ? realpathSync(root) : root, run.directory);
    if (!isStage) return { directory, run, stage: null };
    await requireStage(root, run, stage);
    return { directory, run: null, stage };
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    const path = [userPath(text), resolve(root, text)].find((path) => existsSync(path));
    if (path === undefined) throw error;
    return { directory: storedDirectory(root, path), run: null, stage: null };
  }
}

/** @throws {InvalidInputError} If neither `run.json` nor a link of the run names the stage */
async function requireStage(root: string, run: RunLocation, stage: string): Promise<void> {
  const { pipeline, run: number, directory } = run;
  const summary = await readRun(root, directory).catch(() => null); // a damaged one is found later
  const stages = join(root, directory, "stages");
  const linked = existsSync(stages) ? readdirSync(stages) : [];
  const known = [...new Set([...Object.keys(summary?.["stages"] ?? {}), ...linked])];
  if (known.includes(stage)) return;
  throw new InvalidInputError({
    action: "verify",
    place: `${pipeline}/${number}/${stage}`,
    expected: "a stage of the run",
    found: "none of that name",
    remedy: suggestName(stage, known),
  });
}

/**
 * Finds the stored directory of a path: elsewhere, only committed files are read, not everything
 * below.
 */
function storedDirectory(root: string, path: string): string {
  const real = realpathSync(path), inside = existsSync(root) ? realpathSync(root) : root;
  const unpacked = unpackedPath(real), directory = unpacked ?? real;
  const isDirectory = unpacked !== null || statSync(directory).isDirectory();
  if (isDirectory && `${directory}/`.startsWith(`${inside}/`)) return directory;
  if (isDirectory && hasCommit(directory)) return directory;
  throw new InvalidInputError({
    action: "verify",
    place: path,
    expected: `a run, or a directory with commit.json or in the data directory "${root}"`,
    found: "something else",
    remedy: "name a dataset or a stage",
  });
}

function describeShard({ stage, shard, expected, found }: ReproducedShard): string {
  return expected === found
    ? `${stage}, shard ${shard}: the same bytes`
    : `different: ${stage}, shard ${shard}: expected digest ${expected}, found ${found}`;
}

function remedyOf(directory: string, faults: readonly Fault[], different: number): string {
  const commits = faults.flatMap(({ commit }) => commit === null ? [] : [commit]);
  const nameOf = (commit: string) =>
    isS3Place(directory) ? `${directory}/${commit}` : displayPath(join(directory, commit));
  const places = [...new Set(commits.map(nameOf))];
  const remedy = places.length === 0 ? "" : `: remove ${places.join(", ")} and run again`;
  const found = [
    ...(faults.length > 0 ? [`${formatCount(faults.length)} damaged${remedy}`] : []),
    ...(different > 0 ? [`shards that differ: ${different}`] : []),
  ];
  return found.join("; ");
}
