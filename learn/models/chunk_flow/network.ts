import { add, pointwise } from "../../tape/arithmetic.ts";
import type { GraphBuilder } from "../../onnx/onnx_builder.ts";
import type { Tensor } from "../../../core/episode.ts";
import { linear } from "../../tape/ops.ts";
import type { WeightSpec } from "../../tape/parameters.ts";
import type { Tape, Value } from "../../tape/tape.ts";

/** A residual MLP with SiLU. Its weights are `dense<i>/weight` and `dense<i>/bias`. */
export interface ResidualMlp {
  readonly inputs: number;
  readonly hidden: readonly number[];
  readonly outputs: number;
}

/** Factor of the first weights of the last layer: a network begins near 0. */
const LAST_GAIN = 0.1;

/** Weights, uniform of variance 2 / inputs (He et al. 2015), and biases of 0. */
export function mlpWeights(mlp: ResidualMlp): readonly WeightSpec[] {
  const widths = widthsOf(mlp);
  return widths.slice(1).flatMap((outputs, i): WeightSpec[] => {
    const inputs = widths[i]!, gain = i === mlp.hidden.length ? LAST_GAIN : 1;
    const initial = { uniform: gain * Math.sqrt(6 / inputs) };
    return [
      { name: `dense${i}/weight`, shape: [inputs, outputs], initial },
      { name: `dense${i}/bias`, shape: [outputs], initial: { constant: 0 } },
    ];
  });
}

/** Records it on `[rows, inputs]`. @returns `[rows, outputs]` */
export function recordMlp(tape: Tape, x: Value, mlp: ResidualMlp): Value {
  const last = mlp.hidden.length;
  const dense = (value: Value, i: number) =>
    linear(tape, value, { weight: `dense${i}/weight`, bias: `dense${i}/bias` });
  let value = x;
  for (let i = 0; i < last; i++) {
    const hidden = pointwise(tape, dense(value, i), "silu");
    value = isResidual(mlp, i) ? add(tape, value, hidden) : hidden;
  }
  return dense(value, last);
}

/**
 * The same in ONNX, its first layer cut by inputs: what stays the same in an integration is
 * multiplied once.
 *
 * @param first Output of the first layer before its activation
 */
export function mlpNodes(
  graph: GraphBuilder,
  first: string,
  mlp: ResidualMlp,
): string {
  const last = mlp.hidden.length;
  const gemm = (value: string, i: number) =>
    graph.op("Gemm", value, `dense${i}/weight`, `dense${i}/bias`);
  const silu = (value: string) => graph.op("Mul", value, graph.op("Sigmoid", value));
  let value = silu(first);
  for (let i = 1; i < last; i++) {
    const hidden = silu(gemm(value, i));
    value = isResidual(mlp, i) ? graph.op("Add", value, hidden) : hidden;
  }
  return gemm(value, last);
}

/** Rows [from, to) of a matrix. */
export function sliceRows({ shape, data }: Tensor, from: number, to: number): Tensor {
  const width = shape[1]!;
  return { shape: [to - from, width], data: data.slice(from * width, to * width) };
}

/** Whether hidden layer `i` adds to what it reads. */
function isResidual({ hidden }: ResidualMlp, i: number): boolean {
  return i > 0 && hidden[i] === hidden[i - 1];
}

function widthsOf({ inputs, hidden, outputs }: ResidualMlp): readonly number[] {
  return [inputs, ...hidden, outputs];
}
