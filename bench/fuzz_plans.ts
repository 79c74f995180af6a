/** Hostile tasks and links, fed to every activity: nothing outside, nothing unforeseen, no hang. */
import { HostileRoot } from "../tests/activities/_hostile_tasks.ts";
import type { BenchmarkOptions, Figure } from "./_figures.ts";

/** Tasks with hostile changes, and links in the way of others; the tests take a tenth. */
const TASKS = 300, LINKS = 150;

/** Seconds that one may take. */
const SECONDS_BAR = 10;

export async function measureHostilePlans(
  { seed }: Pick<BenchmarkOptions, "seed">,
): Promise<readonly Figure[]> {
  await using root = await HostileRoot.open();
  const counts = { outside: 0, unforeseen: 0 };
  let slowest = 0;
  for (let index = 0; index < TASKS + LINKS; index++) {
    const { activity, seconds, ...outcome } = index < TASKS
      ? await root.feed(seed, index)
      : await root.feedLink(seed, index - TASKS);
    slowest = Math.max(slowest, seconds);
    for (const kind of ["outside", "unforeseen"] as const) {
      if (outcome[kind] === null) continue;
      counts[kind]++;
      console.error(`hostile plan ${index} for ${activity}: ${kind}: ${outcome[kind]}`);
    }
  }
  const among = `${TASKS} hostile tasks and ${LINKS} links`;
  const none = { of: "value", most: 0 } as const;
  return [
    {
      id: "fuzz.plans-outside",
      name: `fuzz: writes outside of the data root among ${among}`,
      unit: "",
      value: counts.outside,
      bar: none,
    },
    {
      id: "fuzz.plans-unforeseen",
      name: `fuzz: unforeseen errors among ${among}`,
      unit: "",
      value: counts.unforeseen,
      bar: none,
    },
    {
      id: "fuzz.plans-slowest",
      name: `fuzz: the slowest of ${among}`,
      unit: "s",
      value: slowest,
      bar: { of: "value", most: SECONDS_BAR },
    },
  ];
}
