import { createRandom, type RandomGenerator } from "../../core/random.ts";
import {
  alphaOfLook,
  clopperPearsonInterval,
  comparePairedSuccess,
  compareVariants,
  estimateOverSeeds,
  type Interval,
  pairedBootstrap,
  type Variant,
  wilsonInterval,
} from "../../core/statistics/mod.ts";

/**
 * Simulated studies in which nothing differs: what they find is a false alarm. Episodes differ in how
 * hard they are, policies of other training seeds in how good they are, so that outcomes of common
 * episodes and of one seed belong together as those of real ones do.
 */

/** Size of one study: equal variants, training seeds of each, episodes of each policy, and looks. */
const STUDY = { variants: 3, episodes: 100, seeds: 5, looks: 5, alpha: 0.05 } as const;

/** How often something happened, by what it is, as shares of the studies. */
export interface StudyShares {
  /** Studies with any verdict of better or worse, by design. */
  readonly falseAlarms: Readonly<Record<"success" | "mean" | "seeds" | "sequential", number>>;
  /** Studies whose 95 % interval held the truth, by what it is of. */
  readonly coverage: Readonly<
    Record<"wilson" | "clopperPearson" | "pairedSuccess" | "mean" | "seeds", number>
  >;
}

/** Runs simulated studies. */
export function simulateStudies(studies: number, seed: number): StudyShares {
  const alarms = { success: 0, mean: 0, seeds: 0, sequential: 0 };
  const covered = { wilson: 0, clopperPearson: 0, pairedSuccess: 0, mean: 0, seeds: 0 };
  for (let study = 0; study < studies; study++) {
    const random = createRandom(seed, "study", study);
    const world = createWorld(random);
    alarms.success += Number(findsDifference(world.variants("success", 1), true, study));
    alarms.mean += Number(findsDifference(world.variants("return", 1), false, study));
    alarms.seeds += Number(findsDifference(world.variants("success", STUDY.seeds), true, study));
    alarms.sequential += Number(stopsFalsely(world.variants("success", 1), study));
    for (const [name, held] of Object.entries(coverageOf(random, study))) {
      covered[name as keyof typeof covered] += Number(held); // its own keys
    }
  }
  return { falseAlarms: shares(alarms, studies), coverage: shares(covered, studies) };
}

function shares<Name extends string>(
  counts: Readonly<Record<Name, number>>,
  studies: number,
): Record<Name, number> {
  const entries = Object.entries<number>(counts).map(([name, count]) => [name, count / studies]);
  return Object.fromEntries(entries);
}

type Outcome = "success" | "return";

/** Episodes of a study, and policies that meet them. */
function createWorld(random: RandomGenerator) {
  const easiness = Array.from({ length: STUDY.episodes }, () => 1 + 1.5 * random.normal());
  const outcome = (kind: Outcome, skill: number, ease: number) => {
    const value = ease + skill + random.normal();
    return kind === "return" ? value : Number(value > 0);
  };
  // From seeds that do not matter to seeds that matter more than episodes.
  const spread = 0.4 * random.uniform();
  const variants = (kind: Outcome, seeds: number): Variant[] =>
    Array.from({ length: STUDY.variants }, (_, v) => ({
      name: `variant${v}`,
      replicates: Array.from({ length: seeds }, (_, s) => {
        const skill = seeds === 1 ? 0 : spread * random.normal();
        return { label: `seed=${s}`, values: easiness.map((ease) => outcome(kind, skill, ease)) };
      }),
    }));
  return { variants };
}

function findsDifference(
  variants: readonly Variant[],
  binary: boolean,
  study: number,
  alpha: number = STUDY.alpha,
): boolean {
  const pairs = compareVariants(variants, {
    alpha,
    binary,
    margin: null,
    higherIsBetter: true,
    paired: true,
    baseline: null,
    random: { seed: study, stream: "bootstrap" },
  });
  return pairs.some(({ verdict }) => verdict === "better" || verdict === "worse");
}

/** Whether someone who looks after each batch of episodes stops at a difference. */
function stopsFalsely(variants: readonly Variant[], study: number): boolean {
  const { looks, episodes, alpha } = STUDY;
  return Array.from({ length: looks }, (_, k) => k + 1).some((look) => {
    const seen = variants.map(({ name, replicates }) => ({
      name,
      replicates: replicates.map(({ label, values }) => ({
        label,
        values: Array.from(values).slice(0, look * episodes / looks),
      })),
    }));
    return findsDifference(seen, true, study, alphaOfLook(look, looks, alpha));
  });
}

/** Whether each interval holds what is true, where variants do differ. */
function coverageOf(random: RandomGenerator, study: number) {
  const { episodes, seeds } = STUDY, level = 0.95;
  // Not half: rates near which intervals are hard are those that one meets.
  const rate = 0.9, successes = countTrue(episodes, () => random.uniform() < rate);
  const both = 0.7, gained = 0.2, lost = 0.05;
  const pairs = Array.from({ length: episodes }, () => random.uniform());
  const a = pairs.map((u) => Number(u < both || (u >= both + gained && u < both + gained + lost)));
  const b = pairs.map((u) => Number(u < both + gained));
  const shift = 0.3;
  // Returns are skewed: many end alike, a few far away.
  const differences = Array.from(
    { length: episodes },
    () => shift - Math.log(1 - random.uniform()) - 1,
  );
  const ofSeeds = Array.from({ length: seeds }, () => 0.3 * random.normal());
  const ofEpisodes = Array.from({ length: episodes }, () => random.normal());
  const table = ofSeeds.map((s) => ofEpisodes.map((e) => shift + s + e + 2 * random.normal()));
  const draws = { seed: study, stream: "bootstrap" };
  return {
    wilson: holds(wilsonInterval(successes, episodes), rate),
    clopperPearson: holds(clopperPearsonInterval(successes, episodes), rate),
    pairedSuccess: holds(comparePairedSuccess(a, b).interval(level), gained - lost),
    mean: holds(pairedBootstrap(differences, draws).interval(level), shift),
    seeds: holds(estimateOverSeeds(table).interval(level), shift),
  };
}

function countTrue(count: number, draw: () => boolean): number {
  let found = 0;
  for (let i = 0; i < count; i++) found += Number(draw());
  return found;
}

function holds(interval: Interval | null, truth: number): boolean {
  return interval !== null && interval.low <= truth && truth <= interval.high;
}
