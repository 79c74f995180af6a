import * as fs from "node:fs";
import { basename, dirname, join } from "node:path";
import type { RandomGenerator } from "../../core/random.ts";
import { ARCHIVE_DAMAGES } from "./_archive_damage.ts";

/** Damage to the files of a data root, and what each kind of file owes to whoever looks for it. */

/** What a file of a data root is. */
export interface FileKind {
  readonly name: string;
  /** Path relative to the data root. */
  readonly pattern: RegExp;
  /** Whether `verify` must find a damage, for all those that are not named here alike. */
  readonly found: boolean;
  readonly exceptions?: readonly DamageName[];
}

/** Links that lead nowhere are found wherever they are, other things where a file is looked for. */
const NO_LINK = ["link_loop", "link_to_nothing"] as const;
const NO_FILE = ["directory", "link_loop", "link_to_nothing"] as const;

/** Packed shards, which have damages of their own. */
export const PACKED_SHARD: FileKind = {
  name: "packed shard",
  pattern: /\/shards\/\d+\.zip$/,
  found: true,
};

/** The first that fits counts. */
export const FILE_KINDS: readonly FileKind[] = [
  {
    name: "lock",
    pattern: /\/lock\/mutex$/,
    found: false,
    exceptions: NO_LINK,
  },
  // A checkpoint without a commit is none, and a training that has ended needs none.
  {
    name: "commit of a checkpoint",
    pattern: /\/checkpoints\/\d+\/commit\.json$/,
    found: true,
    exceptions: ["removed"],
  },
  PACKED_SHARD,
  { name: "commit", pattern: /\/commit\.json$/, found: true },
  { name: "provenance", pattern: /\/provenance\.json$/, found: true, exceptions: ["removed"] },
  {
    name: "events for TensorBoard",
    pattern: /\/events\.out\./,
    found: false,
    exceptions: NO_LINK,
  },
  { name: "committed file", pattern: /^stages\//, found: true },
  { name: "report", pattern: /\/report\.html$/, found: false, exceptions: NO_FILE },
  { name: "log", pattern: /\/logs\//, found: false, exceptions: NO_FILE },
  // A directory without an identity gets one from the next run.
  {
    name: "identity of the data directory",
    pattern: /^root\.json$/,
    found: true,
    exceptions: ["removed"],
  },
  { name: "record of a run", pattern: /^runs\/[^/]+\/\d+\/(?:run|plan|owner)\.json$/, found: true },
  { name: "link to a stage", pattern: /^runs\/[^/]+\/\d+\/stages\//, found: true },
  {
    name: "link to the latest run",
    pattern: /^runs\/[^/]+\/latest$/,
    found: true,
    exceptions: ["removed"],
  },
];

/** @throws {Error} If there is a kind of file that the table lacks */
export function kindOf(path: string): FileKind {
  const kind = FILE_KINDS.find(({ pattern }) => pattern.test(path));
  if (kind === undefined) throw new Error(`No kind of file is known for "${path}"`);
  return kind;
}

/** Whether `verify` owes to find a damage. */
export function isOwed({ found, exceptions = [] }: FileKind, damage: string): boolean {
  return exceptions.some((name) => name === damage) ? !found : found;
}

/** The damages that a kind of file can have, by name. */
export function damagesOf(kind: FileKind): Readonly<Record<string, Damage>> {
  return kind === PACKED_SHARD ? { ...DAMAGES, ...PACKED_DAMAGES } : DAMAGES;
}

type Damage = (path: string, random: RandomGenerator) => void;

function rewrite(
  change: (bytes: Uint8Array, random: RandomGenerator) => Uint8Array | string,
): Damage {
  return (path, random) => {
    const bytes = fs.statSync(path).isFile() ? fs.readFileSync(path) : new Uint8Array();
    const changed = change(Uint8Array.from(bytes), random);
    fs.rmSync(path); // a link itself, not what it leads to
    fs.writeFileSync(path, changed);
  };
}

/** What may happen to a file. Each makes a difference to a file that is not empty. */
export const DAMAGES = {
  removed: (path) => fs.rmSync(path),
  emptied: rewrite(() => ""),
  cut: rewrite((bytes, random) => bytes.slice(0, random.integer(Math.max(1, bytes.length)))),
  cut_by_one: rewrite((bytes) => bytes.slice(0, -1)),
  grown: rewrite((bytes) => Uint8Array.from([...bytes, 0])),
  bit_flipped: rewrite((bytes, random) => {
    const at = random.integer(bytes.length || 1);
    if (bytes.length > 0) bytes[at]! ^= 1 << random.integer(8);
    return bytes;
  }),
  zeros: rewrite((bytes) => new Uint8Array(bytes.length)),
  empty_object: rewrite(() => "{}"),
  null_value: rewrite(() => "null"),
  directory: (path) => {
    fs.rmSync(path);
    fs.mkdirSync(path);
  },
  link_loop: (path) => {
    fs.rmSync(path);
    fs.symlinkSync(basename(path), path);
  },
  link_to_nothing: (path) => {
    fs.rmSync(path);
    fs.symlinkSync("nowhere", path);
  },
} as const satisfies Record<string, Damage>;

export type DamageName = keyof typeof DAMAGES;

/** Damages that an archive can have besides, by name. */
export const PACKED_DAMAGES: Readonly<Record<string, Damage>> = Object.fromEntries(
  Object.entries(ARCHIVE_DAMAGES).map(([name, change]) => [name, rewrite(change)]),
);

/**
 * Damages a file for as long as `use` takes.
 *
 * @param root Data root
 * @param file Relative to it
 */
export async function withDamage<Result>(
  [root, file]: readonly [root: string, file: string],
  { damage, random }: { readonly damage: string; readonly random: RandomGenerator },
  use: () => Promise<Result>,
): Promise<Result> {
  const path = join(root, file), kind = kindOf(file);
  const aside = join(dirname(dirname(path)), `.aside-${basename(path)}`);
  fs.cpSync(path, aside, { verbatimSymlinks: true });
  damagesOf(kind)[damage]!(path, random);
  try {
    return await use();
  } finally {
    fs.rmSync(path, { recursive: true, force: true });
    fs.renameSync(aside, path);
  }
}

/** Every file and link below a data root, relative to it, without what Temporal keeps. */
export function filesOf(root: string): readonly string[] {
  return fs.readdirSync(root, { withFileTypes: true, recursive: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .filter((path) => !path.startsWith("temporal/"))
    .sort();
}
