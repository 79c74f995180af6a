import { InvalidInputError } from "../../core/errors.ts";
import { suggestName } from "../../core/suggest.ts";
import { dirname } from "node:path";
import type { Locate, PipelineDeclaration } from "../../pipelines/mod.ts";
import { PIPELINES } from "../../pipelines/shipped/mod.ts";
import { registeredFacts } from "./compile_context.ts";
import { userPath } from "../data/data_root.ts";
import { type OnNote, readEnvironmentFiles } from "./environment_files.ts";
import { readTextFile } from "./text_file.ts";

/** A declaration, and where its parts stand if it came from a file. */
export interface LoadedDeclaration {
  readonly declaration: PipelineDeclaration;
  readonly locate?: Locate;
  /** Absolute path of the file's directory; absent if it is shipped. */
  readonly folder?: string;
}

/**
 * Loads the pipeline that a person names: a shipped one, or a YAML or JSON file. Modules that
 * register what it names must be loaded.
 *
 * @param from Absolute path of the person's directory
 * @param onNote Takes what is not as it looks in the files that it names
 * @throws {InvalidInputError} If there is none, or the file cannot be read or is no declaration
 */
export async function loadDeclaration(
  nameOrFile: string,
  from: string,
  onNote: OnNote = () => {},
): Promise<LoadedDeclaration> {
  if (/\.(ya?ml|json)$/i.test(nameOrFile)) {
    // The library for YAML is loaded where there is a file.
    const { parsePipeline } = await import("../../pipelines/file.ts");
    const { declaration, locate } = parsePipeline(
      await readTextFile(nameOrFile, "a declaration in YAML or JSON", from),
      nameOrFile,
      registeredFacts(),
    );
    const folder = dirname(userPath(nameOrFile, from));
    return { declaration: await readEnvironmentFiles(declaration, folder, onNote), locate, folder };
  }
  const shipped = PIPELINES.get(nameOrFile);
  if (shipped !== undefined) return { declaration: shipped.declaration };
  const remedy = /\.[jt]s$/.test(nameOrFile)
    ? "run it from your own program with runPipeline() of mod.ts"
    : suggestName(nameOrFile, [...PIPELINES.keys()]);
  throw new InvalidInputError({
    action: "find pipeline",
    place: nameOrFile,
    expected: "a name or a .yaml or .json file",
    found: "neither",
    remedy,
  });
}

/** The shipped pipelines, one per line. */
export function listDeclarations(): readonly {
  readonly name: string;
  readonly description: string;
}[] {
  return [...PIPELINES].map(([name, { description }]) => ({ name, description }));
}
