import type { InferenceSession, Tensor } from "onnxruntime-common";
import { InvalidInputError, messageOf } from "../../core/errors.ts";
import { visibleText } from "../../core/visible_text.ts";
import type { FetchOptions } from "./fetch_package.ts";
import { type OnnxRuntime, openOnnxRuntime } from "./onnx_runtime.ts";
import { ModelProto } from "./onnx_schema.ts";

/** An input or output of an ONNX model. */
export interface OnnxValueInfo {
  readonly name: string;
  /** Type of its elements, such as `float32`; `no tensor` if it is none. */
  readonly type: string;
  /** Its dimensions: sizes, and names of those that the file leaves open. */
  readonly shape: readonly (number | string)[];
}

/** A tensor that a model is given or gives. */
export interface OnnxTensor {
  readonly type: OnnxType;
  readonly shape: readonly number[];
  /** Elements, row-major. */
  readonly data: OnnxData;
}

/** Arrays of the types in {@linkcode ONNX_TYPES}. */
export type OnnxData = Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array;

/** Types of elements that a model may take and give here, with what makes an array of them. */
export const ONNX_TYPES = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
} as const;

/** One of {@linkcode ONNX_TYPES}. */
export type OnnxType = keyof typeof ONNX_TYPES;

/** Whether elements of a type can be given and taken here. */
export function isOnnxType(type: string): type is OnnxType {
  return Object.hasOwn(ONNX_TYPES, type);
}

/** An ONNX model, ready to run. */
export interface OnnxModel {
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
  /** `metadata_props` of the file. */
  readonly metadata: Readonly<Record<string, string>>;
  /**
   * Runs it once, on one thread, so that its sums have one order.
   *
   * @param inputs All of them by name
   * @param wanted Names of outputs
   * @returns The wanted outputs by name
   * @throws {InvalidInputError} If the model refuses an input, or an output is of another type
   */
  run(
    inputs: Readonly<Record<string, OnnxTensor>>,
    wanted: readonly string[],
  ): Promise<Readonly<Record<string, OnnxTensor>>>;
  /** Frees the runtime's memory. */
  close(): Promise<void>;
}

/** Options of {@linkcode openOnnxModel}. */
export interface OpenModelOptions extends Pick<FetchOptions, "onProgress"> {
  /** Name of the model's file in messages. */
  readonly file?: string;
}

/**
 * Opens an ONNX model.
 *
 * @throws {InvalidInputError} If the bytes are none
 * @throws {MissingToolError} If ONNX Runtime is not there and cannot be fetched
 */
export async function openOnnxModel(
  bytes: Uint8Array,
  { file, onProgress }: OpenModelOptions = {},
): Promise<OnnxModel> {
  const place = file === undefined ? {} : { place: file }, content = readContent(bytes);
  if (content.outside !== null) {
    throw new InvalidInputError({
      action: "open the ONNX model",
      ...place,
      expected: "one whose weights are in the file",
      found: `tensor "${visibleText(content.outside)}" in another one`,
      remedy: "export it with external_data=False",
    });
  }
  const runtime = await openOnnxRuntime({ onProgress });
  const session = await openSession(runtime, bytes).catch((error: unknown) => {
    throw new InvalidInputError({
      action: "open the ONNX model",
      ...place,
      expected: "one that ONNX Runtime can load",
      found: messageOf(error),
      remedy: "export it again",
    });
  });
  return {
    inputs: session.inputMetadata.map(infoOf),
    outputs: session.outputMetadata.map(infoOf),
    metadata: content.metadata,
    async run(inputs, wanted) {
      const feeds = Object.fromEntries(
        Object.entries(inputs).map(([name, { type, data, shape }]) => [
          name,
          new runtime.Tensor(type, data, shape),
        ]),
      );
      const results = await session.run(feeds, [...wanted]).catch((error) => {
        throw new InvalidInputError({
          action: "run the ONNX model",
          expected: "one that takes " +
            describeValues(Object.entries(inputs).map(([name, tensor]) => ({ name, ...tensor }))),
          found: messageOf(error).trim().replaceAll(/\s+/g, " "),
          remedy: "use a model of this shape",
        });
      });
      return Object.fromEntries(wanted.map((name) => [name, tensorOf(name, results[name]!)]));
    },
    close: () => session.release(),
  };
}

/** `float32 input[batch, 20]`, one after the other. */
export function describeValues(values: readonly OnnxValueInfo[]): string {
  return values.map(({ type, name, shape }) => `${type} ${name}[${shape.join(", ")}]`).join(
    " and ",
  ) || "none";
}

function openSession({ InferenceSession }: OnnxRuntime, bytes: Uint8Array) {
  return InferenceSession.create(bytes, {
    executionProviders: ["cpu"],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 4, // fatal: what else goes wrong is thrown
  });
}

function infoOf(value: InferenceSession.ValueMetadata): OnnxValueInfo {
  const { name } = value;
  return value.isTensor
    ? { name, type: value.type, shape: value.shape }
    : { name, type: "no tensor", shape: [] };
}

/** @throws {InvalidInputError} If its elements are of a type that is not used here */
function tensorOf(name: string, { type, data, dims }: Tensor): OnnxTensor {
  if (isOnnxType(type) && data instanceof ONNX_TYPES[type]) return { type, data, shape: dims };
  throw new InvalidInputError({
    action: "use output",
    place: name,
    expected: `a tensor of ${Object.keys(ONNX_TYPES).join(", ")}`,
    found: `one of ${type}`,
    remedy: "export the model with such an output",
  });
}

/** Parts of a model by the schema, as far as they say where its tensors are. */
interface Graph {
  readonly initializer?: readonly StoredTensor[];
  readonly node?: readonly { readonly attribute?: readonly Attribute[] }[];
}

interface Attribute {
  readonly t?: StoredTensor;
  readonly tensors?: readonly StoredTensor[];
  readonly g?: Graph;
  readonly graphs?: readonly Graph[];
}

interface StoredTensor {
  readonly name?: string;
  readonly data_location?: number;
}

/** `TensorProto.DataLocation.EXTERNAL`. */
const EXTERNAL = 1;

/**
 * What a model says of itself: `metadata_props`, and a tensor that is in another file, null if none
 * is. The runtime would look for such a file in the working directory, and no digest would cover it.
 */
function readContent(bytes: Uint8Array) {
  const { metadata_props: pairs = [], graph = {} }: {
    metadata_props?: readonly { readonly key?: string; readonly value?: string }[]; // by the schema
    graph?: Graph;
  } = decodeModel(bytes);
  return {
    metadata: Object.fromEntries(pairs.map(({ key = "", value = "" }) => [key, value])),
    outside: tensorOutside(graph),
  };
}

/** Nothing of bytes that are no model: the runtime says then what is wrong with them. */
function decodeModel(bytes: Uint8Array): object {
  try {
    return ModelProto.toObject(ModelProto.decode(bytes));
  } catch {
    return {};
  }
}

function tensorOutside({ initializer = [], node = [] }: Graph): string | null {
  const attributes = node.flatMap(({ attribute = [] }) => attribute);
  const tensors = [
    ...initializer,
    ...attributes.flatMap(({ t, tensors = [] }) => t === undefined ? tensors : [t, ...tensors]),
  ];
  const found = tensors.find(({ data_location }) => data_location === EXTERNAL);
  if (found !== undefined) return found.name ?? "";
  for (const { g, graphs = [] } of attributes) {
    for (const graph of g === undefined ? graphs : [g, ...graphs]) {
      const outside = tensorOutside(graph);
      if (outside !== null) return outside;
    }
  }
  return null;
}
