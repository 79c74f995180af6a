import { dirname, isAbsolute, join, normalize, relative } from "node:path";
import { messageOf } from "../../core/errors.ts";
import type { Finding } from "../../core/findings.ts";

/** Largest file that is read, in bytes: a mesh of a million triangles has 50 MB. */
const MAX_BYTES = 2 ** 26;

/** Findings while the files of a gym config are read. */
export interface AssetLog {
  /** Absolute path of the config; the files are in its folder. */
  readonly config: string;
  /** Faults, each at its place in the config. */
  readonly findings: Finding[];
  /** Notes about what is not as it looks. */
  readonly notes: string[];
}

/** Options for reading a file that a gym config names. */
export interface AssetOptions {
  /** Absolute path of the config; the file is in its folder. */
  readonly config: string;
  /** Path of the key that names it. */
  readonly path: Finding["path"];
  /** Kind of file, which also names the check. */
  readonly what: string;
  /** Accepted file extensions, without the dot. */
  readonly endings: readonly string[];
  readonly log: AssetLog;
}

/** Reason why a file cannot be read. */
interface AssetFault {
  readonly problem: string;
  readonly remedy: string;
}

/**
 * The bytes of a file that a gym config names; null if it cannot be read, which the log then
 * says.
 *
 * @param fpath Relative to the folder of the config; `file://`, `%20` and `\` are read as what they
 * stand for
 */
export async function readAsset(fpath: string, options: AssetOptions): Promise<Uint8Array | null> {
  const { what: check, path, log } = options;
  const refuse = (fault: AssetFault) => (log.findings.push({ check, path, ...fault }), null);
  const found = await findAsset(fpath, options);
  if (!("file" in found)) return refuse(found);
  try {
    return await Deno.readFile(found.file);
  } catch (error) {
    const problem = `expected a ${check} at "${found.file}", found ${messageOf(error)}`;
    return refuse({ problem, remedy: "check the path" });
  }
}

/** Locates a file, or says why it cannot be read. */
export async function findAsset(
  fpath: string,
  { config, what, endings }: Pick<AssetOptions, "config" | "what" | "endings">,
): Promise<{ readonly file: string } | AssetFault> {
  const folder = dirname(config);
  const places = spellings(fpath).map((name) => isAbsolute(name) ? relative(folder, name) : name)
    .filter((name) => !normalize(name).split("/").includes(".."));
  if (places.length === 0) {
    const problem = `"${fpath}" is outside the config's folder`;
    return { problem, remedy: `move the ${what} into that folder` };
  }
  if (!endings.some((ending) => fpath.toLowerCase().endsWith(`.${ending}`))) {
    const [last, ...others] = endings.map((ending) => `.${ending}`).toReversed();
    const problem = others.length === 0
      ? `is not ${last}`
      : `is neither ${others.toReversed().join(", ")} nor ${last}`;
    return { problem: `"${fpath}" ${problem}`, remedy: `convert the ${what}` };
  }
  for (const file of places.map((place) => join(folder, place))) {
    const { isFile, size } = await statFile(file);
    if (!isFile) continue;
    if (size <= MAX_BYTES) return { file };
    const problem = `expected at most ${MAX_BYTES} bytes in "${file}", found ${size}`;
    return { problem, remedy: `simplify the ${what}` };
  }
  const problem = `expected a ${what} at "${join(folder, places[0]!)}", found no such file`;
  return { problem, remedy: "check the path" };
}

async function statFile(
  file: string,
): Promise<{ readonly isFile: boolean; readonly size: number }> {
  try {
    return await Deno.stat(file);
  } catch {
    return { isFile: false, size: 0 };
  }
}

/** Returns the possible meanings of a name, the name itself first. */
function spellings(fpath: string): readonly string[] {
  const plain = fpath.replace(/^file:\/\/(localhost)?(?=\/)/, "").replace(/^file:(\/\/)?/, "");
  const slashed = plain.replaceAll("\\", "/");
  return [...new Set([plain, slashed, decoded(slashed)])];
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name; // a percent sign of its own
  }
}
