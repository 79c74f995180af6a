import { batchesOf, type ParametersOf, registerStage } from "@sluice/sluice";

/** Counts the episodes of a dataset by length; a kill costs it at most the batch under way. */
export const lengthTable = registerStage({
  kind: "length-table",
  summary: "Counts episodes by their length",
  parameters: {
    width: { type: "integer", min: 1, default: 10, description: "Control steps of one bin" },
  },
  reads: { dataset: 1 },
  gives: "table",
  codeVersion: 1,
  work: { shape: "whole", resource: "simulate", checkpoints: true },
  progress: { unit: "episodes" },
  async run({ parameters: { width }, inputs, output, checkpoint, signal, onProgress }) {
    const dataset = await inputs[0]!.dataset();
    const { done, bins } = (checkpoint.load() ?? { done: 0, bins: {} }) as {
      readonly done: number;
      readonly bins: Record<string, number>;
    };
    for await (const { table, first, end } of batchesOf(dataset, signal)) {
      if (first < done) continue; // counted before the kill
      for (const length of table.lengths) {
        const bin = String(Math.floor(length / width) * width);
        bins[bin] = (bins[bin] ?? 0) + 1;
      }
      await checkpoint.save({ done: end, bins });
      onProgress({ done: end, total: dataset.episodes });
    }
    const rows = Object.entries(bins).map(([from, episodes]) => ({ from: Number(from), episodes }));
    await output.writeTable(rows.sort((a, b) => a.from - b.from));
    return { counts: { episodes: dataset.episodes, bins: rows.length } };
  },
  report: ({ counts, parameters }) => ({
    rows: [["episodes", counts["episodes"]!], [
      "control steps of a bin",
      String(parameters["width"]),
    ]],
  }),
});

declare module "@sluice/sluice" {
  interface StageKinds {
    "length-table": ParametersOf<typeof lengthTable>;
  }
}
