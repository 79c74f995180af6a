/** Damaged files of a data root: verify finds every one that it owes to, no command is surprised. */
import { join } from "node:path";
import { createRandom } from "../core/random.ts";
import {
  type DamageName,
  DAMAGES,
  filesOf,
  isOwed,
  kindOf,
  withDamage,
} from "../tests/activities/_damage.ts";
import { faultsOf, READERS } from "../tests/activities/_damaged_root.ts";
import { JobRoot } from "../tests/activities/_job.ts";
import type { BenchmarkOptions, Figure } from "./_figures.ts";

/** Pairs of a file and a damage, of which the tests take a tenth. */
const PAIRS = 300;

export async function measureDamagedFiles(
  { seed }: Pick<BenchmarkOptions, "seed">,
): Promise<readonly Figure[]> {
  await using job = await JobRoot.open();
  const { root } = job, { directory } = await job.makeRun();
  const random = createRandom(seed, "damage", 0), files = filesOf(root);
  const damages = Object.keys(DAMAGES) as DamageName[]; // its own keys
  let wrong = 0;
  for (let i = 0; i < PAIRS; i++) {
    const path = files[random.integer(files.length)]!;
    const damage = damages[random.integer(damages.length)]!;
    const owed = isOwed(kindOf(path), damage);
    const faults = await withDamage(
      join(root, path),
      { damage, random },
      () => faultsOf(root, { directory, owed, readers: READERS }),
    );
    for (const fault of faults) console.error(`damaged file ${path}, ${damage}: ${fault}`);
    wrong += faults.length;
  }
  return [{
    id: "fuzz.damage-wrong",
    name: `fuzz: missed, imagined or unforeseen among ${PAIRS} damaged files`,
    unit: "",
    value: wrong,
    bar: { of: "value", most: 0 },
  }];
}
