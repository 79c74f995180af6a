import {
  type Column,
  type EpisodeSource,
  type FieldStatistics,
  rowSize,
  typedData,
} from "../../core/episode.ts";
import { createRandom } from "../../core/random.ts";
import { createColumnSource } from "./column_source.ts";

/** How {@linkcode createMemorySource} draws its dataset. */
export interface MemorySourceOptions {
  readonly episodes: number;
  /** Shortest and longest episode. */
  readonly lengths?: readonly [number, number];
  readonly seed?: number;
  /** Adds `action_label`, and noise to `action`. */
  readonly label?: boolean;
}

/** Names of the step fields and their widths: as many numbers as `reach` has, in two fields. */
const FIELDS = { "observation/position": 12, "observation/target": 8, "action": 4 } as const;

/**
 * A dataset in memory whose action is a smooth function of the observation, its last component
 * constant. One episode in ten is validation, one test.
 */
export function createMemorySource(options: MemorySourceOptions): EpisodeSource {
  const { episodes, lengths = [20, 60], seed = 1, label = false } = options;
  const random = createRandom(seed, "dataset", 0);
  const episodeLengths = Int32Array.from(
    { length: episodes },
    () => lengths[0] + random.integer(lengths[1] - lengths[0] + 1),
  );
  const steps = episodeLengths.reduce((sum, length) => sum + length, 0);
  const columns: Record<string, Column> = {};
  for (const [name, width] of Object.entries({ ...FIELDS, ...(label && { action_label: 4 }) })) {
    const data = new Float32Array(steps * width);
    columns[name] = { dtype: "float32", shape: [width], data };
  }
  const position = typedData(columns["observation/position"]!.data, Float32Array);
  const target = typedData(columns["observation/target"]!.data, Float32Array);
  const clean = typedData((columns["action_label"] ?? columns["action"]!).data, Float32Array);
  for (let row = 0; row < steps; row++) {
    for (let j = 0; j < 12; j++) position[row * 12 + j] = 3 * j + random.normal() * (1 + j);
    for (let j = 0; j < 8; j++) target[row * 8 + j] = random.uniform(-1, 1);
    for (let j = 0; j < 3; j++) {
      clean[row * 4 + j] = Math.sin(target[row * 8 + j]! * 2) + 0.1 * position[row * 12 + j]!;
    }
    clean[row * 4 + 3] = 0.25;
  }
  if (label) {
    const applied = columns["action"]!.data;
    for (let i = 0; i < applied.length; i++) applied[i] = clean[i]! + random.normal();
  }
  const source = createColumnSource({
    environment: "memory",
    controlHz: 20,
    lengths: episodeLengths,
    columns,
    splitOf: (episode) => episode % 10 === 8 ? "validation" : episode % 10 === 9 ? "test" : "train",
  });
  const statistics = Object.entries(columns).map(([name, column]) => [name, statisticsOf(column)]);
  return { ...source, statistics: Object.fromEntries(statistics) };
}

function statisticsOf({ shape, data }: Column): FieldStatistics {
  const width = rowSize(shape), rows = data.length / width;
  const components = Array.from(
    { length: width },
    (_, j) => Array.from({ length: rows }, (_, row) => Number(data[row * width + j])),
  );
  const mean = components.map((values) => values.reduce((sum, x) => sum + x, 0) / rows);
  return {
    mean,
    std: components.map((values, j) =>
      Math.sqrt(values.reduce((sum, x) => sum + (x - mean[j]!) ** 2, 0) / rows)
    ),
    min: components.map((values) => values.reduce((a, b) => Math.min(a, b), Infinity)),
    max: components.map((values) => values.reduce((a, b) => Math.max(a, b), -Infinity)),
  };
}
