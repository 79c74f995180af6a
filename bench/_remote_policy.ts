import { fileURLToPath } from "node:url";
import { PolicyProcess } from "../activities/commands/policy_process.ts";
import { createRandom } from "../core/random.ts";
import { openOnnxPolicy } from "../activities/onnx/onnx_policy.ts";
import { exportOnnx } from "../learn/foreign.ts";
import { getEnvironment, rolloutCandidates, type RolloutOptions } from "../sim/mod.ts";
import { type Figure, takeTurns } from "./_figures.ts";

/** Evaluation of reach by an MLP of another process, beside the same sizes in ONNX inside. */

const ROUNDS = 3, EPISODES = 96, MAX_STEPS = 100;
const SIZES = [20, 256, 256, 4];
const PEER = fileURLToPath(new URL("./peers/remote_policy.py", import.meta.url));
const PACKAGE = fileURLToPath(new URL("../python/src", import.meta.url));

/** Steps/s of both, in turns. @param python Interpreter with NumPy */
export async function compareRemotePolicy(python: string, seed: number): Promise<Figure> {
  const reach = getEnvironment("reach");
  const command = [python, PEER, PACKAGE, String(seed)];
  const remote = await PolicyProcess.start({ name: "bench", command }, reach, () => {});
  await using onnx = await openOnnxPolicy({ bytes: mlp(seed), description: null }, reach);
  try {
    const rateOf = async (policy: RolloutOptions["policy"]) => {
      remote.begin();
      const started = performance.now();
      const { lengths } = await rolloutCandidates({
        ...{ environment: reach, policy, seed, stream: "bench", first: 0 },
        ...{ count: EPISODES, maxSteps: MAX_STEPS },
      });
      const steps = lengths.reduce((sum, length) => sum + length, 0);
      return steps / ((performance.now() - started) / 1000);
    };
    const { outside, inside } = await takeTurns(ROUNDS, {
      outside: () => rateOf(remote),
      inside: () => rateOf(onnx.act),
    });
    return {
      id: "python.remote-policy",
      name: "reach evaluated by a remote policy, an MLP in NumPy",
      unit: "steps/s",
      value: outside,
      peer: { name: "the same in ONNX inside", value: inside },
      bar: { of: "ratio", least: 0.5 },
    };
  } finally {
    await remote.close();
  }
}

/** An MLP of the same sizes as a file of ONNX. */
function mlp(seed: number): Uint8Array {
  const random = createRandom(seed, "bench/remote-policy", 0);
  const tensor = (shape: readonly number[], draw: () => number) => ({
    shape,
    data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, draw),
  });
  const layers = SIZES.slice(1).flatMap((width, i) => {
    const scale = 1 / Math.sqrt(SIZES[i]!);
    return [
      [`dense${i}/weight`, tensor([SIZES[i]!, width], () => scale * random.normal())] as const,
      [`dense${i}/bias`, tensor([width], () => 0)] as const,
    ];
  });
  const [inputs = 0, ...rest] = SIZES, outputs = rest.at(-1)!;
  return exportOnnx({
    model: "bc",
    config: {
      observation: [{ field: "observation/x", width: inputs }],
      action: { field: "action", width: outputs },
      hidden: rest.slice(0, -1),
    },
    tensors: {
      ...Object.fromEntries(layers),
      "observation/mean": tensor([inputs], () => 0),
      "observation/scale": tensor([inputs], () => 1),
      "action/mean": tensor([outputs], () => 0),
      "action/scale": tensor([outputs], () => 1),
    },
  });
}
