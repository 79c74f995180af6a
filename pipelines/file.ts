import { parseDataFile } from "../core/data_file.ts";
import { checkGraph } from "./checks.ts";
import { errorOf, type Locate } from "./findings.ts";
import type { PipelineDeclaration } from "./graph.ts";
import { checkShape } from "./shape.ts";

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
  const { value, locate } = parseDataFile(text, file, "a pipeline's declaration");
  const shape = checkShape(value);
  const findings = shape.declaration === null ? shape.findings : checkGraph(shape.declaration);
  if (shape.declaration === null || findings.length > 0) throw errorOf(file, findings, locate);
  return { declaration: shape.declaration, locate };
}
