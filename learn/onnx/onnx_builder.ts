import type { Tensor } from "../../core/episode.ts";
import type { OnnxNode } from "./onnx_graph.ts";

/** Collects nodes and constants of an ONNX graph; values are known by the names that it gives. */
export class GraphBuilder {
  readonly nodes: OnnxNode[] = [];
  readonly initializers: Record<string, Tensor> = {};
  readonly #prefix: string;

  /** @param prefix Of the names of values */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** An operator of ONNX's default set without attributes. @returns Its output */
  op(op: string, ...inputs: readonly string[]): string {
    const output = `${this.#prefix}/${this.nodes.length}`;
    this.nodes.push({ op, inputs, output });
    return output;
  }

  /** A constant. */
  tensor(shape: readonly number[], data: ArrayLike<number>): string {
    const name = `${this.#prefix}/constant${Object.keys(this.initializers).length}`;
    this.initializers[name] = { shape, data: Float32Array.from(data) };
    return name;
  }

  /** A constant of one row, `[1, n]`, that is the same for each of a batch. */
  row(values: ArrayLike<number>): string {
    return this.tensor([1, values.length], values);
  }

  /** A matrix of zeros but for some entries: by its product, columns are picked, put and summed. */
  matrix(
    [rows, columns]: readonly [rows: number, columns: number],
    entries: readonly (readonly [row: number, column: number, value: number])[],
  ): string {
    const data = new Float32Array(rows * columns);
    for (const [row, column, value] of entries) data[row * columns + column] = value;
    return this.tensor([rows, columns], data);
  }
}
