/** Mutated declarations: accepted or refused, and nothing unforeseen. */
import { receiveMutation } from "../tests/pipelines/_mutated_declarations.ts";
import type { BenchmarkOptions, Figure } from "./_figures.ts";

/** Declarations, of which the tests take a quarter. */
const DECLARATIONS = 400;

/** Seconds that one may take. */
const SECONDS_BAR = 10;

export function measureMutatedDeclarations(
  { seed }: Pick<BenchmarkOptions, "seed">,
): Promise<readonly Figure[]> {
  const counts = { unforeseen: 0, wrongStatus: 0 };
  let slowest = 0;
  for (let index = 0; index < DECLARATIONS; index++) {
    const { text, seconds, ...reception } = receiveMutation(seed, index);
    slowest = Math.max(slowest, seconds);
    for (const kind of ["unforeseen", "wrongStatus"] as const) {
      if (reception[kind] === null) continue;
      counts[kind]++;
      console.error(`mutated declaration ${index}: ${reception[kind]}\n${text}`);
    }
  }
  const none = { of: "value", most: 0 } as const;
  const among = `${DECLARATIONS} mutated declarations`;
  return Promise.resolve([
    {
      id: "fuzz.declarations-unforeseen",
      name: `fuzz: unforeseen errors among ${among}`,
      unit: "",
      value: counts.unforeseen,
      bar: none,
    },
    {
      id: "fuzz.declarations-wrong-status",
      name: `fuzz: wrong statuses among ${among}`,
      unit: "",
      value: counts.wrongStatus,
      bar: none,
    },
    {
      id: "fuzz.declarations-slowest",
      name: `fuzz: the slowest of ${among}`,
      unit: "s",
      value: slowest,
      bar: { of: "value", most: SECONDS_BAR },
    },
  ]);
}
