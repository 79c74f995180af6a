import type { PolicyFileContent } from "../../activities/stages/operation.ts";
import { sha256Hex } from "../../core/canonical.ts";
import { InvalidInputError, messageOf } from "../../core/errors.ts";
import { isRecord } from "../../core/findings.ts";
import type { OnnxValueInfo } from "../../learn/foreign.ts";
import { ONNX_RUNTIME } from "../../learn/mod.ts";
import type { PipelineDeclaration, ResolvedExternal } from "../../pipelines/mod.ts";
import { importedPolicyDirectory } from "../../store/mod.ts";
import { readBounded } from "../data/bounded_file.ts";
import { userPath } from "../data/data_root.ts";
import { readTextFile } from "./text_file.ts";

/** ONNX file, the description beside it, and their place in the data root once they are imported. */
export interface PolicyFile {
  readonly content: PolicyFileContent;
  readonly external: ResolvedExternal;
}

/** A declaration in which ONNX files have the paths of their copies in the data root. */
export interface WithPolicyFiles {
  readonly declaration: PipelineDeclaration;
  readonly policyFiles: readonly PolicyFile[];
}

/** Returns whether a person names an ONNX file, not a run or a stage. */
export function isPolicyFile(text: string): boolean {
  return /\.onnx$/i.test(text);
}

/** Largest ONNX file in bytes: each thread that evaluates holds it, and the runtime once more. */
const MAX_BYTES = 2 ** 29;

/**
 * Reads the ONNX files that stages of a declaration name as their policies.
 *
 * @param folder Absolute path of the directory to which their paths are relative
 * @param onProgress Called with what takes its time: the runtime may have to be fetched first
 * @throws {InvalidInputError} If there is none, or it or its description is wrong
 */
export async function readPolicyFiles(
  declaration: PipelineDeclaration,
  folder: string,
  onProgress?: (message: string) => void,
): Promise<WithPolicyFiles> {
  const names = new Set<string>();
  replacePolicies(declaration.stages, (text) => {
    names.add(text);
    return text;
  });
  if (names.size === 0) return { declaration, policyFiles: [] };
  const files = new Map<string, PolicyFile>();
  for (const name of names) files.set(name, await readPolicyFile(name, folder, onProgress));
  const replaced = replacePolicies(declaration.stages, (text) => files.get(text)!.content.path);
  const stages = replaced as PipelineDeclaration["stages"]; // texts became texts
  return { declaration: { ...declaration, stages }, policyFiles: [...files.values()] };
}

/** A copy of a value in which ONNX files below keys `policy`, also of a matrix, are replaced. */
function replacePolicies(
  value: unknown,
  replace: (text: string) => string,
  isPolicy = false,
): unknown {
  if (typeof value === "string") return isPolicy && isPolicyFile(value) ? replace(value) : value;
  if (Array.isArray(value)) return value.map((item) => replacePolicies(item, replace, isPolicy));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [
      key,
      replacePolicies(part, replace, isPolicy || key === "policy"),
    ]),
  );
}

/**
 * Reads an ONNX policy, which another tool may have written, and the description beside it.
 *
 * @param from Absolute path of the person's directory
 * @throws {InvalidInputError} If there is none, or it or its description is wrong
 */
export async function readPolicyFile(
  file: string,
  from: string,
  onProgress?: (message: string) => void,
): Promise<PolicyFile> {
  const bytes = await readBounded(userPath(file, from), MAX_BYTES).catch((error: unknown) => {
    const found = error instanceof Deno.errors.NotFound ? "no such file" : messageOf(error);
    throw new InvalidInputError({
      action: "read",
      place: file,
      expected: `an ONNX file of at most ${MAX_BYTES / 2 ** 20} MiB`,
      found,
      remedy: "check the path",
    });
  });
  const description = await readDescription(`${file}.json`, from);
  const path = importedPolicyDirectory({ bytes, description });
  const content = { bytes, description, path, name: file };
  const { openDescribedModel } = await import("../../activities/onnx/onnx_policy.ts");
  const { model } = await openDescribedModel(content, {
    file,
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  await model.close();
  const isPlain = description === null && model.inputs.length + model.outputs.length === 2;
  return {
    content,
    external: {
      path,
      digest: sha256Hex(bytes),
      runtime: ONNX_RUNTIME,
      ...(description === null
        ? {}
        : { description: sha256Hex(new TextEncoder().encode(description)) }),
      ...(isPlain ? sizesOf(model.inputs[0]!, model.outputs[0]!) : {}), // one of each
    },
  };
}

/** The text of the description beside a file, null if there is none. */
async function readDescription(file: string, from: string): Promise<string | null> {
  const stat = await Deno.stat(userPath(file, from)).catch((error: unknown) => {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  });
  if (stat === null) return null;
  return await readTextFile(file, "the description of an ONNX policy", from);
}

/** Numbers that a model of one input and one output says that it reads and gives. */
function sizesOf(input: OnnxValueInfo, output: OnnxValueInfo) {
  const sizeOf = ({ shape }: OnnxValueInfo) => shape.length === 2 ? shape[1] : undefined;
  const observationSize = sizeOf(input), actionSize = sizeOf(output);
  return {
    ...(typeof observationSize === "number" ? { observationSize } : {}),
    ...(typeof actionSize === "number" ? { actionSize } : {}),
  };
}
