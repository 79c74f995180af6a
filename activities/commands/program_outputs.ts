import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { InvalidInputError } from "../../core/errors.ts";
import type { ProgramOutput } from "../../pipelines/kinds/program_kind.ts";
import { ONNX_DESCRIPTION, ONNX_FILE } from "../../store/mod.ts";
import { TABLE_FILE } from "../stages/own/stage_inputs.ts";

/** Outputs of a program, by path; a name that ends with "/" is a directory. */
export type DeclaredOutputs = Readonly<Record<string, DeclaredOutput>>;

/** Expectations of an output. */
export interface DeclaredOutput {
  /** Bytes that it has at most, 1 GiB where absent; of a directory, of its files together. */
  readonly maxBytes?: number;
  /** Whether it may be missing. */
  readonly optional?: true;
}

const MAX_BYTES = 2 ** 30;

/** Outputs that a stage gives without declaring them. */
const EXPECTED: Readonly<Record<ProgramOutput, DeclaredOutputs>> = {
  policy: { [ONNX_FILE]: {}, [ONNX_DESCRIPTION]: { optional: true } },
  table: { [TABLE_FILE]: {} },
  files: {},
};

/**
 * The files that a program has left of those that its kind declares.
 *
 * @param directory Absolute path of its output
 * @returns Their paths in it, with "/"
 * @throws {InvalidInputError} If one is missing, too large, a link or of another type
 */
export function collectOutputs(
  directory: string,
  { kind, gives, outputs = {} }: {
    readonly kind: string;
    readonly gives: ProgramOutput;
    readonly outputs?: DeclaredOutputs;
  },
): readonly string[] {
  const files = Object.entries({ ...EXPECTED[gives], ...outputs }).flatMap(([name, declared]) => {
    const found = filesOf(directory, name, kind);
    if (found.length === 0 && declared.optional !== true) {
      throw fault(kind, name, "it in the output", "nothing");
    }
    const bytes = found.reduce((sum, file) => sum + lstatSync(join(directory, file)).size, 0);
    const most = declared.maxBytes ?? MAX_BYTES;
    if (bytes > most) throw fault(kind, name, `at most ${most} bytes`, String(bytes));
    return found;
  });
  if (gives === "policy") checkOnnx(directory, kind);
  if (gives === "table") checkTable(directory, kind);
  return [...new Set(files)].sort();
}

/** The files of a declared name: itself, or those of a directory; links are refused. */
function filesOf(directory: string, name: string, kind: string): string[] {
  const isDirectory = name.endsWith("/"), path = name.replace(/\/$/, "");
  const parts = path.split("/");
  if (parts.some((part) => part === "" || part === "." || part === "..") || name.startsWith("/")) {
    throw fault(kind, name, "a path in the output", "one that leads elsewhere");
  }
  for (let i = 1; i <= parts.length; i++) {
    const part = parts.slice(0, i).join("/");
    const stat = lstatSync(join(directory, part), { throwIfNoEntry: false });
    if (stat === undefined) return [];
    const isFile = i === parts.length && !isDirectory;
    if (isFile ? stat.isFile() : stat.isDirectory()) continue;
    const found = stat.isSymbolicLink() ? "a link" : "something else";
    throw fault(kind, part, isFile ? "a file" : "a directory", found);
  }
  return isDirectory ? filesBelow(directory, path, kind) : [path];
}

function filesBelow(directory: string, folder: string, kind: string): string[] {
  return readdirSync(join(directory, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return filesBelow(directory, path, kind);
    if (entry.isFile()) return [path];
    throw fault(kind, path, "a file", entry.isSymbolicLink() ? "a link" : "something else");
  });
}

/** A model in the form of ONNX begins with its version: field 1, a number. */
function checkOnnx(directory: string, kind: string): void {
  if (readFileSync(join(directory, ONNX_FILE))[0] === 0x08) return;
  throw fault(kind, ONNX_FILE, "an ONNX model", "other bytes");
}

function checkTable(directory: string, kind: string): void {
  let rows: unknown;
  try {
    rows = JSON.parse(readFileSync(join(directory, TABLE_FILE), "utf8"));
  } catch {
    throw fault(kind, TABLE_FILE, "JSON", "another text");
  }
  const isRow = (row: unknown) =>
    typeof row === "object" && row !== null && !Array.isArray(row) &&
    Object.values(row).every((value) => value === null || typeof value !== "object");
  if (Array.isArray(rows) && rows.every(isRow)) return;
  throw fault(kind, TABLE_FILE, "a list of rows, objects of numbers and texts", "something else");
}

function fault(kind: string, name: string, expected: string, found: string): InvalidInputError {
  return new InvalidInputError({
    action: `commit the output of a stage of kind ${kind},`,
    place: name,
    expected,
    found,
    remedy: "correct the program, or what its kind declares",
  });
}
