import { withArticle } from "../../core/article.ts";
import * as fs from "node:fs";
import { join, relative, resolve } from "node:path";
import { DamagedStoreError, InvalidInputError } from "../../core/errors.ts";
import { suggestName } from "../../core/suggest.ts";
import { systemCode, transientError } from "../files/access.ts";
import { describeFound } from "../files/bookkeeping.ts";
import { readCommitSync } from "../files/read_commit.ts";
import { listDirectory } from "../files/files.ts";
import { LATEST, listPipelines, listRuns, type RunLocation } from "./runs.ts";

/** Resolves `reach-expert`, `reach-expert/7` or a path to a stored output. */

/** A stage output. */
export interface ResolvedOutput {
  /** Absolute; holds `commit.json`. */
  readonly directory: string;
  /** Path relative to the data root, null if it is elsewhere. */
  readonly path: string | null;
  readonly digest: string;
  /** The run it was found through, null if a path was given. */
  readonly run: RunLocation | null;
  /** Its stage in that run. */
  readonly stage: string | null;
}

/**
 * Resolves the run that a person names: `reach-expert`, `reach-expert/latest`, `reach-expert/7`,
 * `…/0007`, or a path to a run directory.
 *
 * @throws {InvalidInputError} If there is no such run
 */
export async function resolveRun(root: string, text: string): Promise<RunLocation> {
  const { run, stage } = await resolveRunStage(root, text);
  if (stage === null) return run;
  throw new InvalidInputError({
    action: "find run",
    place: text,
    expected: "<pipeline> or <pipeline>/<number>",
    found: "more",
    remedy: `leave out "/${stage}"`,
  });
}

/**
 * Resolves the committed output that a person names: a run as in {@linkcode resolveRun} (its stage
 * of one of the kinds; if there are several, the one with the name of a kind),
 * `reach-expert/7/<stage>`, or a path to the output.
 *
 * @param kinds Kinds of stage that write such an output, the usual one first
 * @throws {InvalidInputError} If there is none, or it is not clear which
 */
export async function resolveOutput(
  root: string,
  text: string,
  kinds: readonly string[],
): Promise<ResolvedOutput> {
  for (const path of placesOf(root, text)) {
    const found = outputAt(root, path, null);
    if (found && kinds.includes(found.kind)) return found.output;
    if (found) {
      throw new InvalidInputError({
        action: "use",
        place: text,
        expected: `the output of ${withArticle(kinds[0]!)} stage`,
        found: `that of ${found.kind}`,
        remedy: "name a run, or another directory",
      });
    }
  }
  const { run, stage } = await resolveRunStage(root, text);
  const stages = join(root, run.directory, "stages");
  const outputs = listDirectory(stages).flatMap(({ name }) => {
    const found = outputAt(root, join(stages, name), run);
    return found && kinds.includes(found.kind) ? [{ name, output: found.output }] : [];
  });
  const names = outputs.map(({ name }) => name);
  const usual = kinds.find((kind) => names.includes(kind));
  const wanted = stage ?? usual ?? (names.length === 1 ? names[0] : undefined);
  const chosen = outputs.find(({ name }) => name === wanted);
  if (chosen !== undefined) return { ...chosen.output, stage: chosen.name };
  const place = `${run.pipeline}/${run.run}`;
  throw new InvalidInputError({
    action: "use",
    place: text,
    expected: `the output of ${withArticle(kinds[0]!)} stage`,
    ...(names.length === 0
      ? { found: `that ${place} has none`, remedy: "wait until it has one, or name another run" }
      : {
        found: String(names.length),
        remedy: `name one of ${names.map((name) => `${place}/${name}`).join(", ")}`,
      }),
  });
}

/** A directory with a commit, null if it has none. */
function outputAt(
  root: string,
  path: string,
  run: RunLocation | null,
): { readonly kind: string; readonly output: ResolvedOutput } | null {
  if (statOf(path)?.isDirectory() !== true) return null;
  const directory = fs.realpathSync(path);
  const commit = readCommitSync(directory);
  if (commit === null) return null;
  // An output may lie elsewhere before anything has run here.
  const home = fs.existsSync(root) ? fs.realpathSync(root) : root;
  const inside = relative(home, directory);
  const output = {
    directory,
    stage: null,
    path: inside.startsWith("..") ? null : inside,
    digest: commit.digest,
    run,
  };
  return { kind: commit.kind, output };
}

/**
 * Returns the paths that a text can mean: relative to the working directory, then to the data root.
 */
function placesOf(root: string, text: string): readonly string[] {
  return [...new Set([resolve(text), resolve(root, text)])];
}

/**
 * Looks at a path, null if nothing is there.
 *
 * @throws {DamagedStoreError} If it is links in a circle, or cannot be looked at
 */
function statOf(path: string): fs.Stats | null {
  try {
    return fs.statSync(path);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(systemCode(error) ?? "")) return null;
    throw transientError(error, path) ?? new DamagedStoreError({
      action: "open",
      place: path,
      expected: "a directory",
      found: describeFound(error),
      remedy: 'put back what was there; "deno task verify" names all that is damaged',
    });
  }
}

/** Whether a directory is what was found at a path. One that is damaged is no hindrance to others. */
function isAt(directory: string, { dev, ino }: fs.Stats): boolean {
  try {
    const stat = fs.statSync(directory);
    return stat.ino === ino && stat.dev === dev;
  } catch {
    return false;
  }
}

/**
 * Resolves the run that a person names, and its stage if one is named: `reach-expert/7/evaluate`.
 *
 * @throws {InvalidInputError} If there is no such run
 */
export async function resolveRunStage(
  root: string,
  text: string,
): Promise<{ readonly run: RunLocation; readonly stage: string | null }> {
  const runs = await listRuns(root);
  for (const place of placesOf(root, text)) {
    const stat = statOf(place);
    if (stat === null) continue;
    const run = runs.find(({ directory }) => isAt(join(root, directory), stat));
    if (run !== undefined) return { run, stage: null };
  }
  const [pipeline = "", number = LATEST, stage = null, ...rest] = text.replace(/\/+$/, "").split(
    "/",
  );
  const own = listPipelines(root).includes(pipeline) ? await listRuns(root, pipeline) : [];
  if (own.length === 0 || rest.length > 0) {
    const place = placesOf(root, text).find((path) => fs.existsSync(path));
    if (place !== undefined) {
      throw new InvalidInputError({
        action: "use",
        place: text,
        expected: "a dataset or a run of Sluice",
        found: `another ${fs.statSync(place).isDirectory() ? "directory" : "file"}`,
        remedy: "name a run, or the directory of a dataset",
      });
    }
    const pipelines = [...new Set(runs.map((run) => run.pipeline))];
    throw new InvalidInputError({
      action: "find",
      place: text,
      expected: "a path, or a pipeline that has run",
      found: `neither in "${root}"`,
      remedy: pipelines.length === 0
        ? 'run one first: "deno task pipeline" lists pipelines'
        : suggestName(pipeline, pipelines),
    });
  }
  const latest = own.at(-1)!.run;
  const wanted = number === LATEST ? latest : Number(/^\d+$/.test(number) ? number : NaN);
  const run = own.find((run) => run.run === wanted);
  if (run !== undefined) return { run, stage };
  throw new InvalidInputError({
    action: "find",
    place: text,
    expected: `a run of ${pipeline}`,
    found: `no "${number}"`,
    remedy: `choose one of ${own.slice(-5).map(({ run }) => `${pipeline}/${run}`).join(", ")}`,
  });
}
