import assert from "node:assert/strict";
import { Arena } from "../../../learn/tape/arena.ts";
import { add, meanLoss, pointwise, rowSums } from "../../../learn/tape/arithmetic.ts";
import { linear } from "../../../learn/tape/ops.ts";
import { ParameterBlock } from "../../../learn/tape/parameters.ts";
import { Tape, type Value } from "../../../learn/tape/tape.ts";

/** A network of some layers; what each adds is read again at its end. */
function layoutOf(layers: number): { readonly values: readonly Value[]; readonly bytes: number } {
  const arena = new Arena();
  const specs = [
    { name: "weight", shape: [8, 8], initial: { constant: 1 } },
    { name: "bias", shape: [8], initial: { constant: 0 } },
  ] as const;
  const tape = new Tape(arena, new ParameterBlock(arena, specs, 1), {
    rows: 4,
    batch: 4,
    microbatch: 0,
  });
  let value = linear(tape, tape.input("x", 8), { weight: "weight", bias: "bias" });
  const values = [value];
  for (let layer = 0; layer < layers; layer++) {
    const changed = pointwise(tape, value, "tanh");
    value = add(tape, value, changed);
    values.push(changed, value);
  }
  meanLoss(tape, rowSums(tape, value));
  tape.finish();
  return { values, bytes: arena.bytes };
}

Deno.test("Tape.finish() gives a gradient room only while it is needed", () => {
  const valueBytes = 4 * 8 * 4;
  assert.equal(layoutOf(9).bytes - layoutOf(5).bytes, 4 * 2 * valueBytes); // values, no gradients
  const { values } = layoutOf(5);
  for (let i = 0; i + 2 < values.length; i += 2) {
    // A layer's output, input and what it adds to it are needed at once.
    const rooms = values.slice(i, i + 3).map(({ gradient }) => gradient!.address);
    assert.equal(new Set(rooms).size, 3);
  }
});
