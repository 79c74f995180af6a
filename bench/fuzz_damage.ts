/** Damaged files of a data root: verify finds every one that it owes to, no command is surprised. */
import { createRandom } from "../core/random.ts";
import {
  damagesOf,
  FILE_KINDS,
  filesOf,
  isOwed,
  kindOf,
  withDamage,
} from "../tests/activities/_damage.ts";
import { faultsOf, makeWholeRun, READERS } from "../tests/activities/_damaged_root.ts";
import { JobRoot } from "../tests/activities/_job.ts";
import type { BenchmarkOptions, Figure } from "./_figures.ts";

/** Random pairs of a file and a damage, of which the tests take a tenth. */
const PAIRS = 300;

/** Kinds of files of which one has each damage besides: there are few of the second. */
const WHOLE_KINDS: readonly string[] = ["packed shard", "identity of the data directory"];

export async function measureDamagedFiles(
  { seed }: Pick<BenchmarkOptions, "seed">,
): Promise<readonly Figure[]> {
  await using job = await JobRoot.open();
  const { root } = job, directory = await makeWholeRun(job);
  const random = createRandom(seed, "damage", 0), files = filesOf(root);
  const pairs = FILE_KINDS.filter(({ name }) => WHOLE_KINDS.includes(name)).flatMap((kind) => {
    const path = files.find((file) => kindOf(file) === kind)!; // the run has all kinds
    return Object.keys(damagesOf(kind)).map((damage) => ({ path, damage }));
  });
  for (let i = 0; i < PAIRS; i++) {
    const path = files[random.integer(files.length)]!;
    const damages = Object.keys(damagesOf(kindOf(path)));
    pairs.push({ path, damage: damages[random.integer(damages.length)]! });
  }
  let wrong = 0;
  for (const { path, damage } of pairs) {
    const owed = isOwed(kindOf(path), damage);
    const faults = await withDamage(
      [root, path],
      { damage, random },
      () => faultsOf(root, { directory, owed, readers: READERS }),
    );
    for (const fault of faults) console.error(`damaged file ${path}, ${damage}: ${fault}`);
    wrong += faults.length;
  }
  return [{
    id: "fuzz.damage-wrong",
    name: `fuzz: missed, imagined or unforeseen among ${pairs.length} damaged files`,
    unit: "",
    value: wrong,
    bar: { of: "value", most: 0 },
  }];
}
