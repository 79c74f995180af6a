import { InvalidInputError, messageOf } from "../core/errors.ts";
import { suggestName } from "../core/suggest.ts";
import { parsePipeline, type PipelineDeclaration, PIPELINES } from "../pipelines/mod.ts";
import { userPath } from "./data_root.ts";

/**
 * The pipeline that a person names: one that comes with the project, or a YAML or JSON file.
 *
 * @throws {InvalidInputError} If there is none, or the file cannot be read or is no declaration
 */
export async function loadDeclaration(nameOrFile: string): Promise<PipelineDeclaration> {
  if (/\.(ya?ml|json)$/i.test(nameOrFile)) {
    return parsePipeline(await readDeclaration(nameOrFile), nameOrFile).declaration;
  }
  const shipped = PIPELINES.get(nameOrFile);
  if (shipped !== undefined) return shipped.declaration;
  const remedy = /\.[jt]s$/.test(nameOrFile)
    ? "run it from a program of your own by runPipeline() of mod.ts"
    : suggestName(nameOrFile, [...PIPELINES.keys()]);
  throw new InvalidInputError(
    `Cannot find pipeline "${nameOrFile}": expected a name or a .yaml or .json file, found ` +
      `neither: ${remedy}`,
  );
}

async function readDeclaration(file: string): Promise<string> {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await Deno.readFile(userPath(file)));
  } catch (error) {
    const found = error instanceof Deno.errors.NotFound
      ? "no such file"
      : error instanceof TypeError
      ? "bytes that are no UTF-8 text"
      : messageOf(error);
    throw new InvalidInputError(
      `Cannot read "${file}": expected a declaration in YAML or JSON, found ${found}: correct the path`,
    );
  }
}

/** The shipped pipelines, one a line. */
export function listDeclarations(): readonly {
  readonly name: string;
  readonly description: string;
}[] {
  return [...PIPELINES].map(([name, { description }]) => ({ name, description }));
}
