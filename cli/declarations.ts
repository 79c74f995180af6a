import { InvalidInputError, messageOf } from "../core/errors.ts";
import { suggestName } from "../core/suggest.ts";
import {
  type Locate,
  parsePipeline,
  type PipelineDeclaration,
  PIPELINES,
} from "../pipelines/mod.ts";
import { userPath } from "./data_root.ts";

/** A declaration, and where its parts stand if it came from a file. */
export interface LoadedDeclaration {
  readonly declaration: PipelineDeclaration;
  readonly locate?: Locate;
}

/**
 * The pipeline that a person names: one that comes with the project, or a YAML or JSON file.
 *
 * @throws {InvalidInputError} If there is none, or the file cannot be read or is no declaration
 */
export async function loadDeclaration(nameOrFile: string): Promise<LoadedDeclaration> {
  if (/\.(ya?ml|json)$/i.test(nameOrFile)) {
    return parsePipeline(await readDeclaration(nameOrFile), nameOrFile);
  }
  const shipped = PIPELINES.get(nameOrFile);
  if (shipped !== undefined) return { declaration: shipped.declaration };
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
    const isText = !(error instanceof TypeError);
    const found = error instanceof Deno.errors.NotFound
      ? "no such file"
      : isText
      ? messageOf(error)
      : "bytes that are no UTF-8 text";
    throw new InvalidInputError(
      `Cannot read "${file}": expected a declaration in YAML or JSON, found ${found}: ` +
        (isText ? "correct the path" : "name another file, or save this one as UTF-8"),
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
