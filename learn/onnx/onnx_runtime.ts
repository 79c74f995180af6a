import type { InferenceSession, Tensor } from "onnxruntime-common";
import { createRequire } from "node:module";
import config from "../onnxruntime/deno.json" with { type: "json" };
import { type FetchOptions, fetchPackage } from "./fetch_package.ts";

/** Name and version of the package that runs ONNX files, as keys of evaluations have it. */
export const ONNX_RUNTIME: string = config.imports["onnxruntime-node"].replace(/^npm:/, "");

/** Directory of the installed package, from which the commands may load native libraries. */
const INSTALLED = new URL("../../node_modules/.onnxruntime/", import.meta.url);

/** Part of ONNX Runtime that is used. */
export interface OnnxRuntime {
  readonly InferenceSession: typeof InferenceSession;
  readonly Tensor: typeof Tensor;
}

/**
 * Opens ONNX Runtime, a native library that is fetched on first use: with the binaries of all
 * systems it is 290 MB, and only `.onnx` files need it.
 *
 * @throws {MissingToolError} If it is not there and cannot be fetched
 */
export async function openOnnxRuntime(options: FetchOptions = {}): Promise<OnnxRuntime> {
  await fetchOnnxRuntime(options);
  const require = createRequire(new URL("deno.json", options.folder ?? INSTALLED));
  const runtime: OnnxRuntime = require("onnxruntime-node"); // its version is pinned
  return runtime;
}

/**
 * Fetches ONNX Runtime unless it is there.
 *
 * @throws {MissingToolError} If it cannot be fetched, or its bytes are not those of the lock file
 */
export async function fetchOnnxRuntime(options: FetchOptions = {}): Promise<void> {
  await fetchPackage({
    name: ONNX_RUNTIME,
    purpose: "which runs .onnx files",
    pinned: new URL("../onnxruntime/", import.meta.url),
    installed: INSTALLED,
    task: "onnxruntime",
  }, options);
}
