import {
  canonicalJson,
  getModel,
  type ParametersOf,
  registerStage,
  type StageInput,
} from "@sluice/sluice";

/** What the kind `score` of Sluice does, as a kind of a module: the same bytes must come of it. */
export const ownScore = registerStage({
  kind: "own-score",
  summary: "Scores a trained model's predictions",
  parameters: {
    split: {
      type: "text",
      default: "test",
      choices: ["train", "validation", "test"],
      description: "",
    },
    samples: { type: "integer", min: 1, default: 1024, description: "Samples of a density" },
    transitions: { type: "integer", min: 1, default: 6000, description: "Transitions" },
    compare: { type: "json", default: {}, description: "Further inputs by role" },
  },
  reads: { model: [1, 63], dataset: 1 },
  gives: "files",
  codeVersion: 1,
  draws: true,
  work: { shape: "whole", resource: "learn" },
  progress: { unit: "episodes" },
  async run({ parameters, inputs, output, seed, stream, signal, onProgress }) {
    const { compare, ...options } = parameters, roles = compare as Record<string, string>; // by role
    const inputOf = (name: string) => inputs.find((input) => input.name === name)!;
    const others = Object.values(roles);
    const scored = inputs.find(({ type, name }) => type === "model" && !others.includes(name))!;
    const source = await inputs.find(({ type }) => type === "dataset")!.dataset();
    const { policy } = await trained(scored), { scoring } = getModel(policy.model);
    const score = await scoring!.score(policy, source, {
      ...options,
      seed,
      stream,
      compare: Object.fromEntries(
        await Promise.all(
          Object.entries(roles).map(async ([role, name]) =>
            [role, await trained(inputOf(name))] as const
          ),
        ),
      ),
      signal,
      onProgress: ({ predictions, total }) => onProgress({ done: predictions, total }),
    });
    await output.write("metrics.json", canonicalJson({ ...score.metrics }) + "\n");
    await output.write(
      "figures.json",
      canonicalJson(JSON.parse(JSON.stringify(score.figures))) + "\n",
    );
    return { counts: { episodes: score.episodes }, metrics: score.metrics };
  },
});

async function trained(input: StageInput) {
  const lines = new TextDecoder().decode(input.read("metrics.jsonl")).trim().split("\n");
  return { policy: await input.model(), metrics: lines.map((line) => JSON.parse(line)) };
}

declare module "@sluice/sluice" {
  interface StageKinds {
    "own-score": ParametersOf<typeof ownScore>;
  }
}
