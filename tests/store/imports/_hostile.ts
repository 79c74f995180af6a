import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { encode } from "fast-png";
import { createRandom, type RandomGenerator } from "../../../core/random.ts";
import { SluiceError } from "../../../core/errors.ts";
import { checkImport, importDataset } from "../../../store/foreign.ts";
import { createDirectory } from "../../../store/mod.ts";
import {
  floats,
  type ForeignColumn,
  type ForeignDataset,
  writeVersion2,
  writeVersion3,
} from "./_lerobot_dataset.ts";

/** Datasets that are damaged, wrong or made to harm, drawn by a seed. */

const ROWS = 5, SIDE = 8;

function pngFile(): Uint8Array {
  return encode({
    ...{ width: SIDE, height: SIDE, channels: 3, depth: 8 },
    data: new Uint8Array(SIDE * SIDE * 3).fill(7),
  });
}

function images(files: readonly Uint8Array[]): ForeignColumn {
  return {
    ...{ dtype: "image", shape: [SIDE, SIDE, 3], parquet: { type: "png", depth: 0 } },
    values: files.map((bytes) => ({ bytes, path: null })),
  };
}

function plain(): ForeignDataset {
  return {
    lengths: [3, 2],
    tasks: { 0: "Push it", 1: "Pull it" },
    taskIndex: [0, 0, 0, 1, 1],
    columns: {
      "observation.state": floats(Array.from({ length: ROWS }, (_, row) => [row, -row]), 2),
      "observation.images.top": images(Array.from({ length: ROWS }, pngFile)),
      action: floats([0, 1, 2, 3, 4]),
      "next.reward": floats([0, 0, 1, 0, 1]),
    },
  };
}

function withColumn(name: string, column: ForeignColumn): ForeignDataset {
  const dataset = plain();
  return { ...dataset, columns: { ...dataset.columns, [name]: column } };
}

/** A PNG file whose pixels inflate to a gigabyte or so. */
function bomb(): Uint8Array {
  const file = pngFile(), data = deflateSync(new Uint8Array(256 * 2 ** 20), { level: 1 });
  const chunk = new Uint8Array(12 + data.length);
  new DataView(chunk.buffer).setUint32(0, data.length);
  chunk.set(new TextEncoder().encode("IDAT"), 4);
  chunk.set(data, 8);
  return Uint8Array.from([...file.subarray(0, 33), ...chunk, ...file.subarray(33)]);
}

const NAMES = [
  ...["..", "../../outside", "/etc/passwd", "a\0b", "a/../../b", "x".repeat(300), "\u202eabc"],
  ...["zarr.json", "__proto__", "constructor", "a//b", "", ".", "C:\\x", "\ud800"],
];

const VALUES: readonly unknown[] = [
  ...[null, -1, 0, 1e308, 2 ** 53, 0.5, "", "../..", [], {}, [[[]]], true, "x".repeat(100_000)],
  ...[{ __proto__: 1 }, [1e9, 1e9], [-1], ["a"], { dtype: "float32", shape: [2 ** 40] }],
];

function pick<Item>(random: RandomGenerator, items: readonly Item[]): Item {
  return items[random.integer(items.length)]!;
}

/** Files below a directory. */
function filesIn(directory: string): readonly string[] {
  return fs.readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name)).sort();
}

/** Puts a hostile value at a random place of JSON. */
function mutate(value: unknown, random: RandomGenerator): unknown {
  if (typeof value !== "object" || value === null || random.integer(4) === 0) {
    return pick(random, VALUES);
  }
  const keys = Object.keys(value);
  if (keys.length === 0) return pick(random, VALUES);
  const key = pick(random, keys), copy = structuredClone(value) as Record<string, unknown>;
  const way = random.integer(6);
  if (way === 0) delete copy[key];
  else if (way === 1) copy[pick(random, NAMES)] = copy[key];
  else copy[key] = mutate(copy[key], random);
  return copy;
}

/** What is done to a dataset that lies there whole, by name. */
const DAMAGES: Readonly<Record<string, (directory: string, random: RandomGenerator) => void>> = {
  flip(directory, random) {
    const path = pick(random, filesIn(directory)), bytes = fs.readFileSync(path);
    for (let flips = 1 + random.integer(8); flips > 0 && bytes.length > 0; flips--) {
      bytes[random.integer(bytes.length)] = random.integer(256);
    }
    fs.writeFileSync(path, bytes);
  },
  truncate(directory, random) {
    const path = pick(random, filesIn(directory)), { size } = fs.statSync(path);
    fs.truncateSync(path, random.integer(size));
  },
  remove(directory, random) {
    fs.rmSync(pick(random, filesIn(directory)));
  },
  directory(directory, random) {
    const path = pick(random, filesIn(directory));
    fs.rmSync(path);
    fs.mkdirSync(path);
  },
  link(directory, random) {
    const path = pick(random, filesIn(directory));
    fs.rmSync(path);
    fs.symlinkSync(pick(random, [path, "/dev/zero", "/etc/passwd", "/nowhere", ".."]), path);
  },
  pipe(directory, random) {
    const path = pick(random, filesIn(directory));
    fs.rmSync(path);
    execFileSync("mkfifo", [path]);
  },
  json(directory, random) {
    const path = join(directory, "meta/info.json");
    const info = JSON.parse(fs.readFileSync(path, "utf8"));
    fs.writeFileSync(path, JSON.stringify(mutate(info, random)));
  },
  nested(directory) {
    fs.writeFileSync(join(directory, "meta/info.json"), `${"[".repeat(5e5)}${"]".repeat(5e5)}`);
  },
  schema(directory, random) {
    const field = (name: string) => ({ name, dtype: "float32", shape: [], description: "" });
    const schema = {
      ...{ environment: "x", controlHz: 10, step: [field(pick(random, NAMES)), field("action")] },
      episode: [field(pick(random, NAMES))],
    };
    fs.mkdirSync(join(directory, "meta/sluice"));
    fs.writeFileSync(join(directory, "meta/sluice/schema.json"), JSON.stringify(schema));
    fs.writeFileSync(join(directory, "meta/sluice/episodes.parquet"), "PAR1");
  },
};

/** What a dataset is made of in place of what it should be, by name. */
const CONTENTS: Readonly<Record<string, (random: RandomGenerator) => ForeignDataset>> = {
  name: (random) => withColumn(pick(random, NAMES), floats([0, 1, 2, 3, 4])),
  number: (random) =>
    withColumn("action", floats([0, 1, pick(random, [NaN, Infinity, -Infinity, null]), 3, 4])),
  type: (random) => {
    const type = pick(random, ["string", "bool", "int64", "float64"] as const);
    const values = { string: "a", bool: true, int64: 2n ** 60n, float64: 1e300 };
    return withColumn("action", {
      ...{ dtype: pick(random, ["float32", "uint8", "int64", "bool"]), shape: [1] },
      ...{ parquet: { type, depth: 0 }, values: Array(ROWS).fill(values[type]) },
    });
  },
  length: (random) => ({
    ...plain(),
    listed: [3, pick(random, [2 ** 40, 0, -1, 1, 3, Number.MAX_SAFE_INTEGER])],
  }),
  number_of_episode: (random) => ({
    ...plain(),
    numbers: [0, pick(random, [0, -1, 7, Number.MAX_SAFE_INTEGER])],
  }),
  shape: (random) => {
    const shape = pick(random, [[2 ** 31], [65536, 65536, 65536], [0], [3], [1, 1, 1, 1]]);
    return withColumn("action", {
      ...floats([0, 1, 2, 3, 4]),
      shape,
      parquet: { type: "float32", depth: 0 },
    });
  },
  image: (random) => {
    const files = Array.from({ length: ROWS }, pngFile);
    files[random.integer(ROWS)] = pick(random, [
      ...[new Uint8Array(0), new TextEncoder().encode("GIF89a"), pngFile().subarray(0, 40)],
      Uint8Array.of(0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 0xff, 0xff, 0xff, 0xff, 3),
      encode({ width: 9, height: 9, data: new Uint8Array(9 * 9 * 3), channels: 3 }),
    ]);
    return withColumn("observation.images.top", images(files));
  },
  bomb: () => withColumn("observation.images.top", images(Array.from({ length: ROWS }, bomb))),
  task: (random) => ({ ...plain(), taskIndex: [0, 1, pick(random, [9, -1, 2 ** 40]), 0, 0] }),
  gaps: () => ({
    ...plain(),
    tasks: { 5: "a", 4_000_000_000: "b" },
    taskIndex: [5, 5, 5, 4e9, 4e9],
  }),
};

/** What must not come of a hostile dataset. */
export const HOSTILE_FAULTS = ["unforeseen error", "wrong status", "write elsewhere"] as const;

/** How a dataset was made, and what came of it. */
export interface HostileOutcome {
  readonly name: string;
  /** None where it is refused by an error of ours, or imported whole, and the check says the same. */
  readonly faults: readonly {
    readonly kind: typeof HOSTILE_FAULTS[number];
    readonly what: string;
  }[];
  readonly seconds: number;
}

/** Writes a dataset. @returns How it was made */
async function writeHostile(directory: string, random: RandomGenerator): Promise<string> {
  const write = random.integer(3) === 0 ? writeVersion2 : writeVersion3;
  const version = write === writeVersion2 ? "v2.1" : "v3.0";
  const kinds = [...Object.keys(DAMAGES), ...Object.keys(CONTENTS)], kind = pick(random, kinds);
  await write(directory, (CONTENTS[kind] ?? plain)(random));
  DAMAGES[kind]?.(directory, random);
  return `${version} ${kind}`;
}

/**
 * Imports and checks a hostile dataset.
 *
 * @param root Empty; what is written in it elsewhere than in `within/target` is a fault
 * @param index Of the dataset among those of the seed
 */
export async function importHostile(
  root: string,
  seed: number,
  index: number,
): Promise<HostileOutcome> {
  const random = createRandom(seed, "hostile-imports", index);
  const source = join(root, "source"), target = join(root, "within/target");
  const name = `${index}: ${await writeHostile(source, random)}`;
  fs.mkdirSync(join(root, "within"));
  const list = () => fs.readdirSync(root, { recursive: true }).sort().join("\n"), before = list();
  const faults: HostileOutcome["faults"][number][] = [];
  const started = performance.now();
  let refused = false;
  try {
    await createDirectory(target, async (temporary) => {
      await importDataset(source, temporary, { from: "lerobot", seed: 0 });
    });
  } catch (error) {
    refused = true;
    if (!(error instanceof SluiceError)) {
      faults.push({ kind: "unforeseen error", what: String(error) });
    }
  }
  try {
    const check = await checkImport(source, { from: "lerobot" });
    const stops = check.faults.some(({ severity }) => severity === "error");
    if (stops !== refused) {
      faults.push({ kind: "wrong status", what: `refused ${refused}, the check says ${stops}` });
    }
  } catch (error) {
    faults.push({ kind: "unforeseen error", what: `of the check: ${String(error)}` });
  }
  const seconds = (performance.now() - started) / 1000;
  if (fs.existsSync(target) === refused) {
    faults.push({ kind: "wrong status", what: "a refused import left a dataset, or another none" });
  }
  fs.rmSync(target, { recursive: true, force: true });
  if (list() !== before) faults.push({ kind: "write elsewhere", what: list() });
  return { name, faults, seconds };
}
