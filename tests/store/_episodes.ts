import { join } from "node:path";
import {
  type Column,
  createColumnData,
  type DType,
  type EpisodeSchema,
  type EpisodeTable,
  type FieldSpec,
  rowSize,
  type Verdict,
} from "../../core/episode.ts";
import { createRandom, type RandomGenerator } from "../../core/random.ts";
import { shardDirectory, writeShard, writeVerdicts } from "../../store/mod.ts";

/** Episodes drawn at random, of a schema with every type of column. */

function field(name: string, dtype: DType, shape: readonly number[] = []): FieldSpec {
  return { name, dtype, shape, description: `Column ${name}` };
}

export const SCHEMA: EpisodeSchema = {
  environment: "reach",
  controlHz: 20,
  step: [
    { ...field("observation/joint_pos", "float32", [7]), unit: "rad", low: [-3], high: [3] },
    field("observation/image", "uint8", [8, 8, 3]),
    { ...field("action", "float32", [4]), components: ["x", "y", "z", "gripper"] },
    field("reward", "float32"),
    field("contacts", "int32", [2]),
  ],
  episode: [
    field("candidate", "int64"),
    field("success", "bool"),
    field("return", "float64"),
    field("start_state", "float64", [5]),
    field("final_observation/joint_pos", "float32", [7]),
  ],
};

/** The same with what an expert would have done. */
export const LABELLED: EpisodeSchema = {
  ...SCHEMA,
  step: [...SCHEMA.step, field("action_label", "float32", [4])],
};

export interface TableOptions {
  readonly seed?: number;
  readonly schema?: EpisodeSchema;
  /** Number of the first candidate. */
  readonly first?: number;
  readonly episodes?: number;
  /** Longest episode; the shortest has no step. */
  readonly longest?: number;
}

/** Episodes of random numbers. */
export function drawTable(options: TableOptions = {}): EpisodeTable {
  const { seed = 1, schema = SCHEMA, first = 0, episodes = 8, longest = 12 } = options;
  const random = createRandom(seed, "table", first);
  const lengths = Int32Array.from({ length: episodes }, () => random.integer(longest + 1));
  const steps = lengths.reduce((sum, length) => sum + length, 0);
  const columns = (specs: readonly FieldSpec[], rows: number) =>
    Object.fromEntries(specs.map((spec) => [spec.name, drawColumn(spec, rows, random)]));
  const episode = columns(schema.episode, episodes);
  const candidates = BigInt64Array.from({ length: episodes }, (_, i) => BigInt(first + i));
  return {
    lengths,
    step: columns(schema.step, steps),
    episode: { ...episode, candidate: { dtype: "int64", shape: [], data: candidates } },
  };
}

function drawColumn({ dtype, shape }: FieldSpec, rows: number, random: RandomGenerator): Column {
  const data = createColumnData(dtype, rows * rowSize(shape));
  for (let i = 0; i < data.length; i++) {
    if (data instanceof BigInt64Array) data[i] = BigInt(random.uint32()) - 2n ** 31n;
    else if (dtype === "bool") data[i] = random.integer(2);
    else data[i] = dtype.startsWith("float") ? random.normal() : random.uint32();
  }
  return { dtype, shape, data };
}

/** Refuses every candidate whose number modulo 3 is 1. */
export function verdictOf(candidate: number): Verdict {
  const accepted = candidate % 3 !== 1;
  return {
    candidate,
    accepted,
    reason: accepted ? null : candidate % 2 === 0 ? "not_finite" : "joint_limit",
    figures: accepted ? {} : { step: candidate, found: candidate % 2 === 0 ? NaN : 0.5 },
  };
}

/** Writes a generate and a filter stage of so many shards, of which two thirds are accepted. */
export async function writeChain(
  directory: string,
  { shards = 3, size = 8, seed = 1, schema = SCHEMA }: {
    readonly shards?: number;
    readonly size?: number;
    readonly seed?: number;
    readonly schema?: EpisodeSchema;
  } = {},
): Promise<{ readonly generate: string; readonly filter: string }> {
  const generate = join(directory, "generate"), filter = join(directory, "filter");
  for (let shard = 0; shard < shards; shard++) {
    const table = drawTable({ seed, schema, first: shard * size, episodes: size });
    await writeShard(shardDirectory(generate, shard), table, { schema });
    const verdicts = Array.from({ length: size }, (_, i) => verdictOf(shard * size + i));
    await writeVerdicts(shardDirectory(filter, shard), verdicts);
  }
  return { generate, filter };
}

/** Runs a test with a directory that is removed after it. */
export async function withDirectory(test: (directory: string) => Promise<void>): Promise<void> {
  const base = await Deno.makeTempDir({ prefix: "sluice-store-" });
  const directory = join(base, "data"); // beside it lies what a test packs it into
  try {
    await Deno.mkdir(directory);
    await test(directory);
  } finally {
    await Deno.remove(base, { recursive: true });
  }
}

/** Flips one bit of a file. @param position Fraction of its length, in [0, 1) */
export async function flipBit(path: string, position: number): Promise<void> {
  const data = await Deno.readFile(path);
  const index = Math.floor(position * data.length);
  data[index] = data[index]! ^ 1;
  await Deno.writeFile(path, data);
}
