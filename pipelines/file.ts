import { parseDataFile } from "../core/data_file.ts";
import { isRecord } from "../core/findings.ts";
import { checkDeclaration } from "./compile/check_declaration.ts";
import type { Registered } from "./compile/context.ts";
import { errorOf, type Finding, type Locate } from "./findings.ts";
import type { PipelineDeclaration } from "./declare/graph.ts";

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
 * @param registered What a text that is wrong anyway is compared with, so that its names are told of
 * in the same message
 * @throws {InvalidInputError} If the text is no declaration; the message has line and column
 */
export function parsePipeline(
  text: string,
  file: string,
  registered: Registered,
): ParsedPipeline {
  const { value, locate, offset } = parseDataFile(text, file, "a pipeline's declaration");
  const { findings } = checkDeclaration(value, registered);
  if (findings.length > 0) {
    const inOrder = findings.toSorted((a, b) => offset(a.path) - offset(b.path));
    throw errorOf(file, inOrder, locate);
  }
  if (!isChecked(value, findings)) throw new TypeError(`Cannot read "${file}"`); // just checked
  return { declaration: value, locate };
}

/** Every check has passed, so that it is a declaration, with a matrix or without. */
function isChecked(
  value: unknown,
  findings: readonly Finding[],
): value is PipelineDeclaration {
  return isRecord(value) && findings.length === 0;
}
