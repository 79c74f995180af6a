import { existsSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { readOpenedRun } from "../../activities/run.ts";
import { sha256Hex } from "../../core/canonical.ts";
import { InvalidInputError, SluiceError } from "../../core/errors.ts";
import {
  addressFromEnvironment,
  type Environment,
  type ServerAddress,
} from "../../infra/temporal/connection.ts";
import {
  createRootFile,
  isInPlace,
  listRuns,
  readRootFile,
  replaceRootFile,
  type RootFile,
  type UsedServer,
} from "../../store/mod.ts";

/**
 * The identity of a data directory: that of its `root.json`, which it gets when something first
 * runs on it. Before there was such a file, its path was its identity.
 */

/** Digits of an id that stand in names: those of a UUID that are drawn at random, up to its version. */
const NAME_DIGITS = 12;

/** The part of names that tells data directories on one server apart, 12 hex digits of an id. */
function nameOfId(id: string): string {
  return id.replaceAll("-", "").slice(0, NAME_DIGITS);
}

/** Returns the name that a data directory had before it could have an id, 8 hex digits. */
function nameOfPath(root: string): string {
  let path = root;
  try {
    path = realpathSync(root);
  } catch {
    // Not made yet: then no link leads to it either.
  }
  return sha256Hex(path).slice(0, 8);
}

/**
 * The names of a data directory in task queues and workflow ids: the present one, then those of
 * before, under which runs and schedules may still be open.
 *
 * @throws {DamagedStoreError} If its identity cannot be read
 */
export function rootNames(root: string): readonly [name: string, ...before: string[]] {
  const file = readRootFile(root);
  return file === null ? [nameOfPath(root)] : [nameOfId(file.id), ...file.before];
}

/** What {@linkcode openRoot} needs to know. */
export interface OpenRootOptions {
  /** Variables of the process. */
  readonly environment: Environment;
  /** Called with the question whether a directory was moved or copied, where it does not matter yet. */
  readonly onNote: (text: string) => void;
}

/**
 * Gives a data directory its identity where it has none, and checks that it is where it was.
 *
 * @param root Absolute path of the data root, which exists
 * @throws {InvalidInputError} If it lies elsewhere and uses a server that the original may use too,
 * or lies in another data directory
 * @throws {DamagedStoreError} If its identity cannot be read
 * @throws {SchemaVersionError} If a newer version of Sluice wrote it
 */
export async function openRoot(root: string, options: OpenRootOptions): Promise<RootFile> {
  return checkPlace(root, options) ?? await createRoot(root);
}

/**
 * Checks that a data directory lies where its identity says; it may have none.
 *
 * @returns Its identity, null if it has none
 * @throws As {@linkcode openRoot}
 */
export function checkPlace(
  root: string,
  { environment, onNote }: OpenRootOptions,
): RootFile | null {
  const file = readRootFile(root);
  if (file === null || isInPlace(root, file)) return file;
  if (addressFromEnvironment(environment) !== null) throw elsewhere(root, file);
  onNote(questionOf(root, file));
  return file;
}

async function createRoot(root: string): Promise<RootFile> {
  requireOutside(root);
  const id = crypto.randomUUID();
  return createRootFile(root, { id, before: await earlierNames(root), server: null });
}

/** @throws {InvalidInputError} If a directory above is a data directory */
function requireOutside(root: string): void {
  for (let above = dirname(root); above !== dirname(above); above = dirname(above)) {
    if (!holdsRoot(above)) continue;
    throw new InvalidInputError({
      action: "make the data directory",
      place: root,
      expected: "a place outside of every other one",
      found: `it inside of "${above}"`,
      remedy: "set SLUICE_HOME to a directory beside it",
    });
  }
}

function holdsRoot(directory: string): boolean {
  try {
    return readRootFile(directory) !== null;
  } catch (error) {
    if (error instanceof SluiceError) return false; // some other program's root.json
    throw error;
  }
}

/** Finds the names under which earlier versions ran on a directory: of its path, and of its runs. */
async function earlierNames(root: string): Promise<readonly string[]> {
  if (!["runs", "temporal", "schedules"].some((name) => existsSync(join(root, name)))) return [];
  const names = new Set([nameOfPath(root)]);
  for (const { directory } of await listRuns(root)) {
    if (existsSync(join(root, directory, "run.json"))) continue;
    const opened = await readOpenedRun(root, directory).catch(() => null);
    const [, name] = /-([0-9a-f]{8})(?:-rerun)?$/.exec(opened?.workflowId ?? "") ?? [];
    if (name !== undefined) names.add(name);
  }
  return [...names];
}

/** Answers to what only a person can know. */
const REMEDY_ELSEWHERE = 'if it is a copy, give it an identity of its own by "deno task root ' +
  '--new-id"; if it was moved, keep its identity by "deno task root --moved"';

/** Asks what only a person can know. */
function questionOf(root: string, { place }: RootFile): string {
  const was = `"${place.path}" on ${place.host}`;
  return `The data directory "${root}" was ${was}: ${REMEDY_ELSEWHERE}`;
}

function elsewhere(root: string, { place }: RootFile): InvalidInputError {
  return new InvalidInputError({
    action: "use the data directory",
    place: root,
    expected: `it at "${place.path}" on ${place.host}`,
    found: "it here",
    remedy: REMEDY_ELSEWHERE,
  });
}

/** Gives a copy an identity of its own: what is under way on the original is no longer its own. */
export function renewRoot(root: string): RootFile {
  return replaceRootFile(root, { id: crypto.randomUUID(), before: [], server: null });
}

/** Records that a data directory lies where it lies now. */
export function settleRoot(root: string, file: RootFile): RootFile {
  return replaceRootFile(root, file);
}

/** Remembers the server on which runs of a data directory are started. */
export function rememberServer(root: string, { own, address, namespace }: ServerAddress): void {
  const file = readRootFile(root), server = own ? null : { address, namespace };
  if (file === null || isSame(file.server, server)) return;
  const known = { ...file, server };
  // What lies elsewhere stays so until a person has said why.
  if (isInPlace(root, file)) replaceRootFile(root, known);
}

function isSame(left: UsedServer | null, right: UsedServer | null): boolean {
  return left?.address === right?.address && left?.namespace === right?.namespace;
}

/**
 * Says which server a data directory used, where the environment names none; null if it was its
 * own, or there is nothing to say.
 */
export function unnamedServer(root: string, environment: Environment): string | null {
  if (addressFromEnvironment(environment) !== null) return null;
  const server = readRootFile(root)?.server ?? null;
  if (server === null) return null;
  const { address, namespace } = server;
  const name = namespace === "default" ? "" : ` TEMPORAL_NAMESPACE=${namespace}`;
  return `This data directory last used the Temporal server at ${address}: to see its runs, set ` +
    `TEMPORAL_ADDRESS=${address}${name}`;
}
