import { type ArtifactType, kindsGiving } from "../../pipelines/mod.ts";
import { type ResolvedOutput, resolveOutput } from "../../store/mod.ts";

/**
 * Resolves the name of stored work of a type: a run, a stage of one, or a path.
 *
 * @param root Absolute path of the data root
 * @throws {InvalidInputError} If there is none, or it is not clear which
 */
export function resolveArtifact(
  root: string,
  text: string,
  type: ArtifactType,
): Promise<ResolvedOutput> {
  return resolveOutput(root, text, kindsGiving(type));
}
