import { createHistogram } from "../../core/statistics/mod.ts";
import type { EpisodeOutcome, ReportModel } from "../../view/report_model.ts";

const KEY = "0123456789abcdef".repeat(4);

const EPISODES: readonly EpisodeOutcome[] = Array.from({ length: 40 }, (_, candidate) => ({
  candidate,
  success: candidate % 8 !== 0,
  return: -10 + candidate / 4,
  length: 30 + candidate,
}));

/** A ramp of one colour; `phase` makes frames differ. */
function frame(width: number, height: number, phase: number): Uint8Array {
  return Uint8Array.from({ length: width * height * 3 }, (_, i) => (i + phase * 40) % 256);
}

/** A report with something in every section, every text being `text`. */
export function createReport(text = "reach"): ReportModel {
  const stage = (name: string, kind: string, from: readonly string[]) => ({
    name,
    kind,
    from,
    state: "computed" as const,
    isExact: true,
    key: KEY,
    digest: KEY,
    path: `stages/${kind}-0123456789ab`,
    resumedFrom: null,
    seconds: 1.5,
    threadSeconds: 2.75,
    counts: { episodes: 40 },
    metrics: { success_rate: 0.875 },
  });
  return {
    pipeline: text,
    run: 3,
    status: "completed",
    rerun: false,
    error: null,
    verdict: text,
    seconds: 61.2,
    command: `deno task pipeline ${text}`,
    digest: KEY,
    omissions: [],
    stages: [
      stage(text, "generate", []),
      stage("validate", "validate", [text]),
      stage("merge", "merge", ["validate"]),
      stage("train", "train", ["merge"]),
      stage("evaluate", "evaluate", ["train"]),
    ],
    chains: [{
      stage: text,
      environment: text,
      policy: text,
      candidates: 48,
      accepted: 40,
      rejects: [{
        stage: "validate",
        reason: text,
        count: 8,
        examples: [{ candidate: 7, figures: { [text]: 2.5 } }],
      }],
    }],
    datasets: [{
      stage: "merge",
      environment: text,
      controlHz: 20,
      totalEpisodes: 40,
      totalSteps: 1980,
      meanEpisodeLength: 49.5,
      meanReward: -5.125,
      successRate: 0.875,
      outputPath: text,
      fileSizeMb: 0.25,
      splits: { train: 32, validation: 4, test: 4 },
      fields: [{
        name: text,
        dtype: "float32",
        unit: "rad",
        components: [text],
        statistics: { mean: [0.1], std: [1], min: [-2], max: [2] },
      }],
      mixes: [{ name: text, counts: { [text]: 3, other: 4 } }],
      histograms: [
        createHistogram(text, "steps", { [text]: EPISODES.map(({ length }) => length) })!,
      ],
    }],
    trainings: [{
      stage: "train",
      model: text,
      parameters: 72_196,
      steps: 1000,
      total: 1000,
      best: { step: 900, loss: 0.0125 },
      lossName: text,
      losses: [{ name: text, steps: [0, 500, 1000], values: [1, 0.1, 0.01] }],
      learningRate: { name: text, steps: [0, 500, 1000], values: [0, 1e-4, 0] },
    }],
    evaluations: [{
      stage: "evaluate",
      policy: text,
      environment: text,
      controlHz: 20,
      episodes: EPISODES,
      measures: [{ name: text, unit: "m", values: EPISODES.map(({ length }) => length / 100) }],
    }],
    comparisons: [],
    gates: [],
    scores: [{
      stage: "evaluate",
      scored: "train",
      model: text,
      split: "test",
      episodes: 40,
      metrics: {
        nll_mix: -16.5,
        nll_mix_base: -15.25,
        samples_per_second: 2e4,
        simulator_steps_per_second: 1e5,
      },
      reliability: [{ group: text, name: text, levels: [0.5, 0.9], coverage: [0.48, 0.93] }],
      fans: [{
        episode: 7,
        name: text,
        unit: "px",
        stepSeconds: 0.1,
        actual: [1, 2, 4, 7],
        futures: [{ start: 1, median: [3, 6], bands: [{ level: 0.9, low: [2, 3], high: [5, 9] }] }],
      }],
    }],
    rounds: [],
    walks: [{
      stage: text,
      paths: [{
        name: text,
        episodes: 20,
        falls: 1,
        meanError: 0.025,
        finalError: 0.02,
        maxError: 0.11,
        reference: [[0, 0], [0.5, 0.1], [1, 0]],
        robot: [[0.02, 0.01], [0.51, 0.08], [0.98, 0.01]],
        seconds: [0, 1, 2],
        errors: [0.05, 0.02, 0.01],
      }],
    }],
    others: [{
      stage: text,
      kind: text,
      rows: [[text, 12.5], ["text", text]],
      chart: {
        title: text,
        description: text,
        spec: {
          data: { values: [{ x: 1, y: 2, name: text }, { x: 2, y: 3, name: text }] },
          mark: "line",
          encoding: {
            x: { field: "x", type: "quantitative" },
            y: { field: "y", type: "quantitative" },
          },
        },
      },
    }],
    progress: [{
      stage: text,
      run: "pusht-policy/3",
      name: "coverage",
      seconds: [0.1, 0.2, 0.3],
      low: [0, 0.1, 0.2],
      median: [0.1, 0.4, 0.96],
      high: [0.3, 0.8, 0.97],
      steps: {
        name: "steps to success",
        unit: null,
        edges: [0, 50, 100],
        groups: [{ name: "episodes", counts: [3, 5] }],
      },
      failed: 1234,
      failures: [{ candidate: 17, steps: 300, greatest: 0.93, final: 0.71 }],
    }],
    filmStrips: [{
      stage: "evaluate",
      outcome: EPISODES[0]!,
      controlHz: 20,
      width: 16,
      height: 12,
      frames: [frame(16, 12, 0), frame(16, 12, 1)],
    }],
    provenance: {
      seed: 42,
      started: "2026-03-01T02:00:05.123Z",
      finished: "2026-03-01T02:01:06.323Z",
      declaration: { name: text, seed: 42 },
      versions: { deno: text },
      host: { os: text },
      other: { "workflow id": text },
    },
  };
}
