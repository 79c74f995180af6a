import { type ParametersOf, registerStage } from "@sluice/sluice";

/** What is saved after every part. */
interface Saved {
  readonly done: number;
  readonly sums: readonly number[];
}

/** A kind of a user's, in one file: sums of random numbers, part by part, each of them some work. */
export const partSums = registerStage({
  kind: "part-sums",
  summary: "Sums normal numbers part by part",
  parameters: {
    parts: { type: "integer", min: 1, max: 1000, description: "Parts, a checkpoint after each" },
    draws: { type: "integer", min: 1, default: 400_000, description: "Numbers of a part" },
  },
  reads: { dataset: 1 },
  gives: "table",
  codeVersion: 1,
  draws: true,
  work: { shape: "whole", resource: "simulate", checkpoints: true },
  progress: { unit: "parts" },
  async run({ parameters: { parts, draws }, output, checkpoint, random, signal, onProgress }) {
    const saved = checkpoint.load() as unknown as Saved | null; // as it was saved below
    const sums = [...saved?.sums ?? []], first = saved?.done ?? 0;
    for (let part = first; part < parts; part++) {
      signal.throwIfAborted();
      const generator = random("part", part);
      let sum = 0;
      for (let i = 0; i < draws; i++) sum += generator.normal();
      sums.push(sum);
      await checkpoint.save({ done: part + 1, sums });
      onProgress({ done: part + 1, total: parts });
    }
    await output.writeTable(sums.map((sum, part) => ({ part, sum })));
    // No part of the bytes: how much of it this attempt has computed.
    return { counts: { parts, computed: parts - first } };
  },
  report: ({ counts }) => ({ rows: [["parts summed", counts["parts"]!]] }),
});

declare module "@sluice/sluice" {
  interface StageKinds {
    "part-sums": ParametersOf<typeof partSums>;
  }
}
