import { sha256Hex } from "../../core/canonical.ts";
import { InvalidInputError, messageOf } from "../../core/errors.ts";
import { loadOnnxPolicy, ONNX_RUNTIME } from "../../learn/mod.ts";
import type { ResolvedExternal } from "../../pipelines/mod.ts";
import { importedPolicyDirectory } from "../../store/mod.ts";
import { userPath } from "../data/data_root.ts";

/** ONNX file, and its place in the data root once it is imported. */
export interface PolicyFile extends ResolvedExternal {
  readonly bytes: Uint8Array;
}

/** Returns whether a person names an ONNX file, not a run or a stage. */
export function isPolicyFile(text: string): boolean {
  return /\.onnx$/i.test(text);
}

/** Largest ONNX file in bytes: each thread that evaluates holds it, and the runtime once more. */
const MAX_BYTES = 2 ** 29;

/**
 * Reads an ONNX policy, which another tool may have written.
 *
 * @param from Absolute path of the person's directory
 * @param onProgress Called with what takes its time: the runtime may have to be fetched first
 * @throws {InvalidInputError} If there is none, or it is none that maps observations to actions
 */
export async function readPolicyFile(
  file: string,
  from: string,
  onProgress: (message: string) => void,
): Promise<PolicyFile> {
  const bytes = await readBounded(userPath(file, from)).catch((error: unknown) => {
    const found = error instanceof Deno.errors.NotFound ? "no such file" : messageOf(error);
    throw new InvalidInputError({
      action: "read",
      place: file,
      expected: `an ONNX file of at most ${MAX_BYTES} bytes`,
      found,
      remedy: "check the path",
    });
  });
  const { observationSize, actionSize, close } = await loadOnnxPolicy(bytes, { onProgress });
  await close();
  return {
    bytes,
    path: importedPolicyDirectory(bytes),
    digest: sha256Hex(bytes),
    runtime: ONNX_RUNTIME,
    ...(observationSize === null ? {} : { observationSize }),
    ...(actionSize === null ? {} : { actionSize }),
  };
}

/** The bytes of a file, which is neither larger than {@linkcode MAX_BYTES} nor a stream without an end. */
async function readBounded(path: string): Promise<Uint8Array> {
  const { isFile, size } = await Deno.stat(path);
  if (!isFile) throw new RangeError("something else than a file");
  if (size > MAX_BYTES) throw new RangeError(`${size} bytes`);
  return await Deno.readFile(path);
}
