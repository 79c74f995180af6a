import { pointwise, type PointwiseFunction } from "../tape/arithmetic.ts";
import { linear } from "../tape/ops.ts";
import type { WeightSpec } from "../tape/parameters.ts";
import type { Tape, Value } from "../tape/tape.ts";

/** An MLP whose last layer begins small, so that a flow begins near its base. */
export interface Conditioner {
  readonly name: string;
  readonly inputs: number;
  readonly hidden: number;
  /** Hidden layers. */
  readonly depth: number;
  readonly outputs: number;
  readonly activation: PointwiseFunction;
  /** Factor of the first weights of the last layer. */
  readonly gain: number;
}

/** Weights `<name>/dense<i>/weight` and `/bias`; uniform of variance 1/inputs, biases 0. */
export function conditionerWeights(conditioner: Conditioner): readonly WeightSpec[] {
  const { name, depth, gain } = conditioner, widths = widthsOf(conditioner);
  return widths.slice(1).flatMap((outputs, i): WeightSpec[] => {
    const inputs = widths[i]!, uniform = (i === depth ? gain : 1) * Math.sqrt(3 / inputs);
    return [
      { name: `${name}/dense${i}/weight`, shape: [inputs, outputs], initial: { uniform } },
      { name: `${name}/dense${i}/bias`, shape: [outputs], initial: { constant: 0 } },
    ];
  });
}

/** Records a conditioner on `[rows, inputs]`. */
export function recordConditioner(tape: Tape, x: Value, conditioner: Conditioner): Value {
  const { name, depth, activation } = conditioner;
  let value = x;
  for (let i = 0; i <= depth; i++) {
    value = linear(tape, value, {
      weight: `${name}/dense${i}/weight`,
      bias: `${name}/dense${i}/bias`,
    });
    if (i < depth) value = pointwise(tape, value, activation);
  }
  return value;
}

function widthsOf({ inputs, hidden, depth, outputs }: Conditioner): readonly number[] {
  return [inputs, ...new Array<number>(depth).fill(hidden), outputs];
}
