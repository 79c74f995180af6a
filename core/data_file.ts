import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import type { Document, Pair, YAMLMap, YAMLParseError, YAMLWarning } from "yaml";
import { findTextFault, mergedMaps, type TextFault } from "./data_file_checks.ts";
import { InvalidInputError, messageOf } from "./errors.ts";
import type { Finding } from "./findings.ts";

/** Largest file that is read, in characters: a declaration is a few kB. */
const MAX_LENGTH = 1 << 20;
/** Times that anchors may be repeated; a file that grows more on reading is an attack. */
const MAX_ALIASES = 100;

/** Objects within objects; a declaration needs 4, a model's options may need some more. */
const MAX_DEPTH = 64;

const TOO_DEEP = "it is nested too deeply";

/** Content of a file of data, and the places of its parts. */
export interface DataFile {
  readonly value: unknown;
  /** `<file>:<line>:<column>` of a path such as `["stages", "train", "steps"]`. */
  locate(path: Finding["path"]): string;
  /** Characters before that place. */
  offset(path: Finding["path"]): number;
}

/**
 * Reads YAML 1.2 with merge keys (`<<`), or JSON text (JSON is YAML). It is data: tags are refused,
 * and nothing in it can name code.
 *
 * @param file Name that messages show
 * @param expected What it should be, e.g. "a pipeline's declaration"
 * @throws {InvalidInputError} If the text is neither; the message has line and column
 */
export function parseDataFile(text: string, file: string, expected: string): DataFile {
  if (text.length > MAX_LENGTH) {
    throw new InvalidInputError({
      action: "read",
      place: file,
      expected: `at most ${MAX_LENGTH} characters`,
      found: text.length,
      remedy: `give ${expected}`,
    });
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
    () =>
      parseDocument(text, {
        lineCounter: lines,
        logLevel: "error",
        merge: true,
        prettyErrors: false,
        uniqueKeys: false, // it compares each key with every other; findTextFault() does not
      }),
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

/** Converts errors of the parser, and overflows of its stack, to the user's errors. */
function withoutOverflow<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const reason = error instanceof RangeError ? TOO_DEEP : messageOf(error);
    throw new InvalidInputError({
      action: "read",
      place: file,
      problem: reason,
      remedy: "write the values out",
    });
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
  const parsed = document.errors[0] ?? document.warnings[0];
  const fault = parsed === undefined ? findTextFault(document) : faultOf(parsed);
  if (fault === null) return null;
  const { offset, check, problem, remedy } = fault;
  return new InvalidInputError({
    action: "read",
    place: locate.offset(offset),
    problem,
    remedy: `${remedy} [${check}]`,
  });
}

/** Describes the parser's objection, in our own words where the parser's speak of its functions. */
function faultOf({ code, message, pos: [offset] }: YAMLParseError | YAMLWarning): TextFault {
  const problem = message.split("\n")[0]!.trim();
  switch (code) {
    case "MULTIPLE_DOCS": {
      const remedy = "give each document a file of its own";
      const found = "expected one document, found a second that begins here";
      return { offset, check: "second-document", problem: found, remedy };
    }
    default: {
      // The parser reports an overflow of its own stack as a fault of the text.
      const overflow = message.includes("call stack");
      return {
        offset,
        check: "syntax",
        problem: overflow ? TOO_DEEP : problem,
        remedy: "fix the syntax there",
      };
    }
  }
}

/** Returns the offset of a path in the text: that of its key, or of its nearest existing parent. */
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
    const pair = findPair(node, String(part), document);
    if (pair === undefined) break;
    if (isNode(pair.key)) offset = pair.key.range?.[0] ?? offset;
    node = pair.value;
  }
  return offset;
}

/** The pair of a key in a map or, where it has none, in what it merges. */
function findPair(map: YAMLMap, name: string, document: Document.Parsed): Pair | undefined {
  const own = map.items.find(({ key }) => isScalar(key) && String(key.value) === name);
  if (own !== undefined) return own;
  for (const merged of mergedMaps(map, document)) {
    const pair = findPair(merged, name, document);
    if (pair !== undefined) return pair;
  }
  return undefined;
}
