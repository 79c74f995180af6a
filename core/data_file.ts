import { isAlias, isMap, isNode, isPair, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import type { Document } from "yaml";
import { InvalidInputError, messageOf } from "./errors.ts";
import type { Finding } from "./findings.ts";

/** Largest file that is read, in characters: a declaration is a few kB. */
const MAX_LENGTH = 1 << 20;
/** Times that anchors may be repeated; a file that grows more on reading is an attack. */
const MAX_ALIASES = 100;

/** Objects within objects; a declaration needs 4, a model's options may need some more. */
const MAX_DEPTH = 64;

const TOO_DEEP = "it is nested too deeply";

/** What a file of data holds, and where its parts stand there. */
export interface DataFile {
  readonly value: unknown;
  /** `<file>:<line>:<column>` of a path such as `["stages", "train", "steps"]`. */
  locate(path: Finding["path"]): string;
  /** Characters before that place. */
  offset(path: Finding["path"]): number;
}

/**
 * Reads YAML 1.2 or JSON text (JSON is YAML). It is data: tags are refused, and nothing in it can
 * name code.
 *
 * @param file Name that messages show
 * @param expected What it should be, e.g. "a pipeline's declaration"
 * @throws {InvalidInputError} If the text is neither; the message has line and column
 */
export function parseDataFile(text: string, file: string, expected: string): DataFile {
  if (text.length > MAX_LENGTH) {
    throw new InvalidInputError(
      `Cannot read "${file}": expected at most ${MAX_LENGTH} characters, found ${text.length}: ` +
        `give ${expected}`,
    );
  }
  const { document, locate, value } = parse(text, file);
  const syntax = syntaxError(document, locate);
  if (syntax !== null) throw syntax;
  return {
    value: value(),
    locate: locate.path,
    offset: (path) => offsetOf(document, path),
  };
}

interface Locator {
  path(path: Finding["path"]): string;
  offset(offset: number): string;
}

function parse(text: string, file: string) {
  const lines = new LineCounter();
  const document = withoutOverflow(
    file,
    () => parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "error" }),
  );
  function offset(position: number): string {
    const { line, col } = lines.linePos(position);
    return `${file}:${line}:${col}`;
  }
  const locate: Locator = { offset, path: (path) => offset(offsetOf(document, path)) };
  function value(): unknown {
    return withoutOverflow(file, () => {
      const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
      refuseRings(value, []);
      return value;
    });
  }
  return { document, locate, value };
}

/** What the parser throws, or overflows the stack with, becomes the user's error. */
function withoutOverflow<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const reason = error instanceof RangeError ? TOO_DEEP : messageOf(error);
    throw new InvalidInputError(`Cannot read "${file}": ${reason}: write the values out`);
  }
}

/** An anchor may contain an alias of itself: a value without end. */
function refuseRings(value: unknown, parents: readonly object[]): void {
  if (typeof value !== "object" || value === null) return;
  if (parents.includes(value)) throw new TypeError("an anchor contains itself");
  if (parents.length === MAX_DEPTH) throw new RangeError(TOO_DEEP);
  for (const child of Object.values(value)) refuseRings(child, [...parents, value]);
}

function syntaxError(document: Document.Parsed, locate: Locator): InvalidInputError | null {
  // An unknown tag is a warning to the parser; here it would be a value that nobody asked for.
  const fault = document.errors[0] ?? document.warnings[0];
  if (fault === undefined) return null;
  const where = locate.offset(fault.pos[0]);
  const duplicate = fault.code === "DUPLICATE_KEY";
  const check = duplicate ? "duplicate-key" : "syntax";
  const remedy = duplicate ? "rename or remove one of the two" : "correct it";
  // The parser reports an overflow of its own stack as a fault of the text.
  const overflow = fault.message.includes("call stack");
  const problem = overflow ? TOO_DEEP : fault.message.split("\n")[0]!.trim();
  return new InvalidInputError(`Cannot read "${where}": ${problem}: ${remedy} [${check}]`);
}

/** Where a path begins in the text: at its key, or at the nearest parent that stands there. */
function offsetOf(document: Document.Parsed, path: Finding["path"]): number {
  let node: unknown = document.contents;
  let offset = isNode(node) ? node.range?.[0] ?? 0 : 0;
  for (const part of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isSeq(node)) {
      // A list of objects with one key each stands for an object, too.
      node = typeof part === "number"
        ? node.items[part]
        : node.items.find((item) => isMap(item) && item.has(part));
      if (typeof part === "string" && isMap(node)) {
        const pair = node.items.find(({ key }) => isScalar(key) && key.value === part);
        if (isNode(pair?.key)) offset = pair.key.range?.[0] ?? offset;
        node = pair?.value;
        continue;
      }
      if (isNode(node)) offset = node.range?.[0] ?? offset;
      continue;
    }
    if (!isMap(node)) break;
    const pair = node.items.find((item) =>
      isScalar(item.key) && String(item.key.value) === String(part)
    );
    if (!isPair(pair)) break;
    if (isNode(pair.key)) offset = pair.key.range?.[0] ?? offset;
    node = pair.value;
  }
  return offset;
}
