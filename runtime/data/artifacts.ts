import { type ArtifactType, kindsGiving } from "../../pipelines/mod.ts";
import { ONNX_KIND, type ResolvedOutput, resolveOutput } from "../../store/mod.ts";

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

/**
 * Resolves the name of a stored policy: as {@linkcode resolveArtifact} of a model that was trained
 * here, and of an ONNX file that was copied into the data root or that a program left.
 *
 * @throws {InvalidInputError} As {@linkcode resolveArtifact}
 */
export function resolvePolicy(root: string, text: string): Promise<ResolvedOutput> {
  return resolveOutput(root, text, [...kindsGiving("model"), ...onnxKinds()]);
}

/** Kinds whose directories hold a policy as an ONNX file alone. */
export function onnxKinds(): readonly string[] {
  return [...kindsGiving("policy"), ONNX_KIND];
}
