import * as fs from "node:fs";
import { messageOf } from "../../core/errors.ts";
import type { ImportFaults } from "../imports/fault.ts";
import { regularFileSize } from "./regular_file.ts";

/** Bytes of a file of lines that is read at once: 100,000 episodes are some 20 MB. */
const MAX_BYTES = 512 * 2 ** 20;

/** Characters of a line: an episode takes some hundred. */
const MAX_LINE = 2 ** 20;

/**
 * The objects of a file that has one on each line.
 *
 * @param place Of the file, as faults name it
 * @throws {ImportError} If the file is too large, or a line is no object
 */
export function* readJsonLines(
  path: string,
  place: string,
  faults: ImportFaults,
): Generator<Readonly<Record<string, unknown>>> {
  const refuse = (message: string, line?: number) =>
    faults.refuse({
      code: "bad_json",
      place: line === undefined ? place : `${place}, line ${line}`,
      message: `${message}: repair the file, or copy the dataset again`,
    });
  const size = regularFileSize(path);
  if (size === null) throw refuse("expected a file that can be read, found none");
  if (size > MAX_BYTES) throw refuse(`expected at most ${MAX_BYTES} bytes, found ${size}`);
  for (const [at, line] of fs.readFileSync(path, "utf8").split("\n").entries()) {
    if (line.trim() === "") continue;
    let value: unknown;
    try {
      if (line.length > MAX_LINE) throw new RangeError(`${line.length} characters`);
      value = JSON.parse(line);
    } catch (error) {
      throw refuse(`expected an object of JSON, found ${messageOf(error)}`, at + 1);
    }
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw refuse("expected an object of JSON, found another value", at + 1);
    }
    yield value as Readonly<Record<string, unknown>>; // checked above
  }
}
