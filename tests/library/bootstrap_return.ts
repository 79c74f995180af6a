import { type ParametersOf, registerStage } from "@sluice/sluice";

/** Resamples the returns of a dataset with replacement, shard by shard on every worker there is. */
export const bootstrapReturn = registerStage({
  kind: "bootstrap-return",
  summary: "Means of resampled episode returns",
  parameters: {
    resamples: { type: "integer", min: 1, max: 100_000, default: 1000, description: "Resamples" },
    parts: { type: "integer", min: 1, max: 64, default: 4, description: "Shards of the work" },
  },
  reads: { dataset: 1 },
  gives: "table",
  codeVersion: 1,
  draws: true,
  work: { shape: "sharded", resource: "simulate", shards: ({ parts }) => parts },
  async runShard({ parameters, inputs, output, shard, shards, random, signal }) {
    const returns = (await (await inputs[0]!.dataset()).readEpisodes("return")).data;
    const rows: { resample: number; mean: number }[] = [];
    for (let resample = shard; resample < parameters.resamples; resample += shards) {
      signal.throwIfAborted();
      const generator = random("resample", resample);
      let sum = 0;
      for (let i = 0; i < returns.length; i++) {
        sum += Number(returns[Math.floor(generator.uniform(0, returns.length))]);
      }
      rows.push({ resample, mean: sum / returns.length });
    }
    await output.writeTable(rows);
    return { counts: { resamples: rows.length } };
  },
});

declare module "@sluice/sluice" {
  interface StageKinds {
    "bootstrap-return": ParametersOf<typeof bootstrapReturn>;
  }
}
