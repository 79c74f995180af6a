import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { summaryOf, TaskDirectory } from "../tests/cli/_task_directory.ts";
import type { Figure } from "./_figures.ts";

/** Behaviour cloning in PyTorch, from our loader, beside our trainer: the same data and sizes. */

const MODULE = fileURLToPath(new URL("../examples/reach_torch/reach_torch.ts", import.meta.url));
const PACKAGE = fileURLToPath(new URL("../python/src", import.meta.url));

const declare = (seed: number) => `
name: clones
seed: ${seed}
stages:
  generate: { kind: generate, environment: reach, episodes: 256, actionNoise: 0.05 }
  merge: { kind: merge, from: generate }
  clone: { kind: torch-clone, from: merge, steps: 3000, matrix: { seed: [1, 2, 3] } }
  train:
    kind: train
    from: merge
    steps: 3000
    batch: 256
    lr: 0.001
    hidden: [256, 256]
    matrix: { seed: [1, 2, 3] }
  torch: { kind: evaluate, from: clone, environment: reach, episodes: 100, stream: test }
  ours: { kind: evaluate, from: train, episodes: 100, stream: test }
  compare: { kind: compare, from: [ours, torch], metric: mean_reward }
`;

/** Pairs of a table of verdicts. */
interface Verdicts {
  readonly pairs: readonly {
    readonly difference: number;
    readonly low: number;
    readonly high: number;
  }[];
}

/** The difference of their returns, clustered by training seeds and episodes. @param python With PyTorch */
export async function compareClones(python: string, seed: number): Promise<readonly Figure[]> {
  await using site = new TaskDirectory();
  const declaration = site.write("clones.yaml", declare(seed));
  const PATH = `${dirname(python)}:${Deno.env.get("PATH")}`;
  const { stages } = summaryOf(
    await site.run("pipeline", [declaration, "--module", MODULE, "--json"], {
      env: { PATH, PYTHONPATH: PACKAGE },
    }),
  );
  const file = join(stages["compare"]!.path, "verdicts.json");
  const { pairs }: Verdicts = JSON.parse(await Deno.readTextFile(file));
  const { difference, low, high } = pairs[0]!; // of two variants
  const what = "bc on reach, PyTorch from our loader less our trainer, 3 seeds";
  return [{
    id: "loader.bc-difference",
    name: `${what}: mean return`,
    unit: "reward",
    value: difference,
  }, {
    id: "loader.bc-interval",
    name: `${what}: distance of the 95 % interval [${low.toFixed(2)}, ${high.toFixed(2)}] from 0`,
    unit: "reward",
    value: Math.max(0, low, -high),
    bar: { of: "value", most: 0 },
  }];
}
