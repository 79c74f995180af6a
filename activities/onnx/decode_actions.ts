import type { OnnxTensor } from "../../learn/foreign.ts";
import type { BoundPolicy } from "./bound_policy.ts";
import { refuse } from "./refuse.ts";

/**
 * Writes the actions of a prediction that are executed, in their own units.
 *
 * @param out `[nActionSteps · m]`
 * @throws {InvalidInputError} If the output has another size, or numbers that are not finite
 */
export function decodeActions(
  { type, shape, data }: OnnxTensor,
  { actionSize, action: { output, horizon, first, statistics: { mean, std } } }: BoundPolicy,
  out: Float32Array,
): void {
  if (data.length !== horizon * actionSize) {
    throw refuse("action.output", {
      expected: horizon === 1
        ? `an action of ${actionSize} numbers`
        : `${horizon} actions of ${actionSize} numbers`,
      found: `one of ${data.length}, ${type} ${output}[${shape.join(", ")}]`,
      remedy: "use a policy of this environment, or correct its description",
    });
  }
  for (let i = 0; i < out.length; i++) {
    const component = i % actionSize;
    out[i] = Number(data[first * actionSize + i]) * std[component]! + mean[component]!;
    if (Number.isFinite(out[i])) continue;
    throw refuse("action.output", {
      expected: "finite numbers",
      found: String(data[first * actionSize + i]),
      remedy: "check the training of the policy, and the normalisation in its description",
    });
  }
}
