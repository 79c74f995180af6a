import { isAlias, isMap, isNode, isPair, isScalar, LineCounter, parseDocument } from "yaml";
import type { Document } from "yaml";
import { InvalidInputError, messageOf } from "../core/errors.ts";
import { checkGraph } from "./checks.ts";
import { errorOf, type Finding, type Locate } from "./findings.ts";
import type { PipelineDeclaration } from "./graph.ts";
import { checkShape } from "./shape.ts";

/** Largest file that is read, in characters: a declaration is a few kB. */
const MAX_LENGTH = 1 << 20;
/** Times that anchors may be repeated; a file that grows more on reading is an attack. */
const MAX_ALIASES = 100;

/** Objects within objects; a declaration needs 4, a model's options may need some more. */
const MAX_DEPTH = 64;

const TOO_DEEP = "it is nested too deeply";

/** A declaration from a file, and where its parts stand there. */
export interface ParsedPipeline {
  readonly declaration: PipelineDeclaration;
  readonly locate: Locate;
}

/**
 * Reads a declaration from YAML 1.2 or JSON text (JSON is YAML) and checks it. A declaration is
 * data: tags are refused, and nothing in it can name code.
 *
 * @param file Name that messages show
 * @throws {InvalidInputError} If the text is no declaration; the message has line and column
 */
export function parsePipeline(text: string, file: string): ParsedPipeline {
  if (text.length > MAX_LENGTH) {
    throw new InvalidInputError(
      `Cannot read "${file}": expected at most ${MAX_LENGTH} characters, found ${text.length}: ` +
        "give a pipeline's declaration",
    );
  }
  const { document, locate, value } = parse(text, file);
  const syntax = syntaxFindings(document, locate);
  if (syntax !== null) throw syntax;
  const shape = checkShape(value());
  const findings = shape.declaration === null ? shape.findings : checkGraph(shape.declaration);
  if (shape.declaration === null || findings.length > 0) throw errorOf(file, findings, locate.path);
  return { declaration: shape.declaration, locate: locate.path };
}

interface Locator {
  readonly path: Locate;
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

function syntaxFindings(document: Document.Parsed, locate: Locator): InvalidInputError | null {
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
    if (!isMap(node)) break;
    const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === part);
    if (!isPair(pair)) break;
    if (isNode(pair.key)) offset = pair.key.range?.[0] ?? offset;
    node = pair.value;
  }
  return offset;
}
