/** Hostile datasets, imported and checked: nothing unforeseen, nothing beside the target, no hang. */
import { HOSTILE_FAULTS, importHostile } from "../tests/store/imports/_hostile.ts";
import type { BenchmarkOptions, Figure } from "./_figures.ts";

/** Datasets, of which the tests take a tenth. */
const DATASETS = 100;

/** Seconds that one may take, imported and checked. */
const SECONDS_BAR = 10;

export async function measureHostileImports(
  { seed }: Pick<BenchmarkOptions, "seed">,
): Promise<readonly Figure[]> {
  const counts = new Map(HOSTILE_FAULTS.map((kind) => [kind, 0]));
  let slowest = 0;
  for (let index = 0; index < DATASETS; index++) {
    const root = await Deno.makeTempDir({ prefix: "sluice-fuzz-" });
    try {
      const { name, faults, seconds } = await importHostile(root, seed, index);
      slowest = Math.max(slowest, seconds);
      for (const { kind, what } of faults) {
        counts.set(kind, counts.get(kind)! + 1);
        console.error(`hostile import ${name}: ${kind}: ${what}`);
      }
    } finally {
      await Deno.remove(root, { recursive: true });
    }
  }
  return [
    ...[...counts].map(([kind, value]): Figure => ({
      id: `fuzz.imports-${kind.replaceAll(" ", "-")}`,
      name: `fuzz: ${kind} among ${DATASETS} hostile imports`,
      unit: "",
      value,
      bar: { of: "value", most: 0 },
    })),
    {
      id: "fuzz.imports-slowest",
      name: `fuzz: the slowest of ${DATASETS} hostile imports, with its check`,
      unit: "s",
      value: slowest,
      bar: { of: "value", most: SECONDS_BAR },
    },
  ];
}
