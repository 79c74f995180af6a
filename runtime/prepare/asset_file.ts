import { dirname, join, normalize } from "node:path";
import { messageOf } from "../../core/errors.ts";
import { type Finding, findingsError } from "../../core/findings.ts";
import type { ConfigValue } from "../../sim/mod.ts";
import { userPath } from "../data/data_root.ts";

/** What reads a file that a gym config names. */
export interface AssetOptions {
  /** Of the key that names it. */
  readonly path: Finding["path"];
  /** Kind of file, which also names the check. */
  readonly what: string;
  /** Of names, without the dot. */
  readonly endings: readonly string[];
}

/** The error of one thing that is wrong with a file of a config, with its place there. */
export function refusal(config: ConfigValue, check: string, path: Finding["path"]) {
  return (problem: string, remedy: string) =>
    findingsError({ what: "gym config", ...config }, [{ check, path, problem, remedy }]);
}

/**
 * The bytes of a file that a gym config names.
 *
 * @param config Its name is the path of its file, in whose folder the other lies
 * @param fpath Relative to that folder
 * @throws {InvalidInputError} If the file is not below the folder, or cannot be read
 */
export async function readAsset(
  config: ConfigValue,
  fpath: string,
  { path, what, endings }: AssetOptions,
): Promise<Uint8Array> {
  const refuse = refusal(config, what, path);
  if (fpath.startsWith("/") || normalize(fpath).split("/").includes("..")) {
    throw refuse(`"${fpath}" is not below the folder of the config`, `put the ${what} beside it`);
  }
  if (!endings.some((ending) => fpath.toLowerCase().endsWith(`.${ending}`))) {
    const expected = endings.map((ending) => `.${ending}`);
    const problem = expected.length === 1
      ? `is not ${expected[0]}`
      : `is neither ${expected.join(" nor ")}`;
    throw refuse(`"${fpath}" ${problem}`, `convert the ${what}`);
  }
  const file = join(dirname(userPath(config.name)), fpath);
  try {
    return await Deno.readFile(file);
  } catch (error) {
    const found = error instanceof Deno.errors.NotFound ? "no such file" : messageOf(error);
    throw refuse(`expected a ${what} at "${file}", found ${found}`, "correct the path");
  }
}
