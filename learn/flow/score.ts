import { monotonicMs } from "../../core/monotonic.ts";
import type { EpisodeSource, SavedPolicy } from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { createRandom, type RandomGenerator } from "../../core/random.ts";
import {
  type Score,
  ScoreMeter,
  type ScoreOptions,
  type Scoring,
  type TrainedModel,
} from "../scoring.ts";
import { countRolledOut, measureRolloutGap } from "./rollout_gap.ts";
import { openFlow } from "./density.ts";
import { type FlowEpisodes, observePairs, openEpisodes } from "./episodes.ts";
import { componentsOf, drawFans } from "./fans.ts";
import {
  DENSITY_ROWS,
  gaussianLikelihoods,
  meanNll,
  measureLikelihoods,
  summarizeLikelihoods,
} from "./likelihoods.ts";
import { fitGaussianReference } from "./metrics.ts";
import { filterPairs, isMoving, type Pairs, pairsApart, spreadPairs, thinPairs } from "./pairs.ts";
import {
  reliabilityCurves,
  type Sampled,
  samplePairs,
  Sampler,
  summarizeCoverage,
  summarizeErrors,
} from "./samples.ts";
import { readTrajectories } from "./trajectories.ts";

/**
 * Trainings with which a flow is compared: `base`, its own base trained alone, and two shorter
 * trainings that differ in the weight of the consistency terms.
 */
const ROLES = ["base", "consistent", "inconsistent"] as const;

/** Scoring of a flow. */
export const FLOW_SCORING: Scoring = { roles: ROLES, score: scoreFlow };

/** Rollouts are ten times the work of a sample, and their median needs fewer. */
const ROLLOUT_PAIRS = 300;

/** Everything that the parts of a score share. */
interface Scorer {
  readonly episodes: FlowEpisodes;
  readonly meter: ScoreMeter;
  readonly seed: number;
  /** Name of random numbers for a purpose. */
  readonly name: (purpose: string) => string;
}

/**
 * Measures a flow on the episodes of a split, with the declared noise on what came. Likelihoods are
 * over every transition, in nats in the state's own units; one step unless named `mix`, which is one
 * interval of 1 to `maxSteps` from each state. A measure that no transition has is left out.
 *
 * @throws {InvalidInputError} If the split is empty or a flow does not fit the dataset
 */
async function scoreFlow(
  saved: SavedPolicy,
  source: EpisodeSource,
  options: ScoreOptions,
): Promise<Score> {
  const { seed, stream, split, samples, transitions, compare = {} } = options;
  const episodes = await openEpisodes(saved, source, split);
  const { config, fields, noise, trajectories } = episodes;
  for (const [role, { policy }] of Object.entries(compare)) requireSameFields(saved, role, policy);
  const name = (purpose: string): string => `${stream}/${split}/${purpose}`;
  const random = (purpose: string) => createRandom(seed, name(purpose), 0);
  const chosen = choosePairs(episodes, transitions, random("intervals"));
  const { singles, spread, sampled, rolledOut } = chosen;
  const meter = new ScoreMeter(measuresOf(chosen, options), options);

  const scorer: Scorer = { episodes, meter, seed, name };
  const one = observe(scorer, singles, "one"), mixed = observe(scorer, spread, "mixed");
  const training = await readTrajectories(source, "train", fields);
  const reference = fitGaussianReference(training, config.maxSteps, noise);
  const density = openFlow(saved, DENSITY_ROWS);
  const oneNll = await measureLikelihoods(density, episodes, one, meter);
  const mixedNll = await measureLikelihoods(density, episodes, mixed, meter);
  const sampler = new Sampler(openFlow(saved, samples), episodes);
  const { kinds, moving, farMoving, seconds } = await drawSamples(scorer, sampler, sampled);
  const metrics = {
    ...summarizeLikelihoods(
      episodes,
      [oneNll, gaussianLikelihoods(episodes, one, reference)],
      [mixedNll, gaussianLikelihoods(episodes, mixed, reference)],
    ),
    ...summarizeCoverage(kinds, ""),
    ...summarizeCoverage(moving, "_moving"),
    ...summarizeErrors(moving[0], "one_step_error"),
    ...summarizeErrors(farMoving, "ten_step_error"),
    ...await compareFlows(scorer, { saved, compare, rolledOut, singles, spread }),
  };
  const components = componentsOf(source, config.state);
  return {
    episodes: trajectories.starts.length - 1,
    metrics: finiteOf(metrics),
    speeds: { samples_per_second: sampler.drawn / seconds },
    figures: {
      reliability: curvesOf(
        groupsOf(config.maxSteps, kinds, moving),
        components.map(({ name }) => name),
      ),
      fans: drawFans(sampler, episodes, components, random("fans")),
    },
  };
}

/** Observes pairs, with separate noise for each purpose. */
function observe({ episodes, seed, name }: Scorer, pairs: Pairs, purpose: string) {
  return observePairs(episodes, pairs, { seed, purpose: name(purpose) });
}

/** Returns the number of measurements: likelihoods, samples and steps of rollouts. */
function measuresOf(
  { singles, sampled, rolledOut }: ChosenPairs,
  { samples, compare = {} }: ScoreOptions,
): number {
  const roles = Object.keys(compare).length;
  return singles.length * (2 + roles) +
    samples * Object.values(sampled).reduce((sum, { length }) => sum + length, 0) +
    countRolledOut(rolledOut) * (compare["inconsistent"] === undefined ? 1 : 2);
}

/** Samples of every group of transitions, and how many seconds they took. */
async function drawSamples(
  scorer: Scorer,
  sampler: Sampler,
  sampled: ChosenPairs["sampled"],
) {
  const { episodes, meter, seed, name } = scorer;
  const started = monotonicMs();
  const sample = async (kind: keyof typeof sampled) => {
    const random = createRandom(seed, name(`${kind}/samples`), 0);
    const observed = observe(scorer, sampled[kind], kind);
    return await samplePairs(sampler, episodes, observed, { random, meter });
  };
  const kinds = [await sample("one"), await sample("mixed")] as const;
  const moving = [await sample("oneMoving"), await sample("mixedMoving")] as const;
  const farMoving = await sample("farMoving");
  return { kinds, moving, farMoving, seconds: (monotonicMs() - started) / 1000 };
}

type ChosenPairs = ReturnType<typeof choosePairs>;

/** The transitions that are measured, and those of them from which is sampled. */
function choosePairs(
  { config, rule, trajectories }: FlowEpisodes,
  transitions: number,
  random: RandomGenerator,
) {
  const singles = pairsApart(trajectories, 1);
  const spread = spreadPairs(trajectories, singles, config.maxSteps, random);
  const moves = (from: number, steps: number) => isMoving(trajectories, from, steps, rule);
  const far = filterPairs(pairsApart(trajectories, config.maxSteps), moves);
  return {
    singles,
    spread,
    sampled: {
      one: thinPairs(singles, transitions),
      mixed: thinPairs(spread, transitions),
      oneMoving: thinPairs(filterPairs(singles, moves), transitions / 2),
      mixedMoving: thinPairs(filterPairs(spread, moves), transitions / 2),
      farMoving: thinPairs(far, transitions / 2),
    },
    rolledOut: thinPairs(far, Math.min(ROLLOUT_PAIRS, transitions)),
  };
}

/** Measures that some transition has. */
function finiteOf(metrics: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(metrics).filter(([, value]) => Number.isFinite(value)));
}

/** Samples by the name of their group. @param kinds Those of one step, and of 1 to `maxSteps` */
function groupsOf(
  maxSteps: number,
  kinds: readonly [readonly Sampled[], readonly Sampled[]],
  moving: readonly [readonly Sampled[], readonly Sampled[]],
): Readonly<Record<string, readonly Sampled[]>> {
  return {
    "one step": kinds[0],
    [`1–${maxSteps} steps`]: kinds[1],
    "one step, moving": moving[0],
    [`1–${maxSteps} steps, moving`]: moving[1],
  };
}

/** Curves of the groups that have samples. */
function curvesOf(
  groups: Readonly<Record<string, readonly Sampled[]>>,
  names: readonly string[],
): Score["figures"]["reliability"] {
  return Object.entries(groups).flatMap(([group, rows]) =>
    rows.length === 0 ? [] : reliabilityCurves(group, names, rows)
  );
}

/** Metrics that need further trainings, each where its role is filled. */
async function compareFlows(
  scorer: Scorer,
  { saved, compare, rolledOut, singles, spread }: {
    readonly saved: SavedPolicy;
    readonly compare: Readonly<Record<string, TrainedModel>>;
    readonly rolledOut: Pairs;
    readonly singles: Pairs;
    readonly spread: Pairs;
  },
): Promise<Record<string, number>> {
  const { episodes, meter, seed, name } = scorer;
  const { base, consistent, inconsistent } = compare;
  const gap = (policy: SavedPolicy): Promise<number> => {
    const random = createRandom(seed, name("chains"), 0);
    return measureRolloutGap(policy, episodes, rolledOut, { random, meter });
  };
  const nll = async ({ policy }: TrainedModel, pairs: Pairs, purpose: string): Promise<number> => {
    const observed = observe(scorer, pairs, purpose);
    const density = openFlow(policy, DENSITY_ROWS);
    return meanNll(await measureLikelihoods(density, episodes, observed, meter));
  };
  return {
    ...(base === undefined ? {} : { nll_mix_base: await nll(base, spread, "mixed") }),
    chain_gap_px: await gap(consistent?.policy ?? saved),
    ...(inconsistent === undefined ? {} : {
      chain_gap_px_off: await gap(inconsistent.policy),
      nll_consistency_off: await nll(inconsistent, singles, "one"),
    }),
    ...(consistent === undefined ? {} : {
      nll_consistency: await nll(consistent, singles, "one"),
      ...consistencyTerms(consistent),
    }),
  };
}

/** Step whose consistency terms are the reference: the bridge has then found its place. */
const EARLY_STEP = 250;

/** L12 + L21 on the validation split, at an early step and at the end. */
function consistencyTerms({ metrics }: TrainedModel): Record<string, number> {
  const measured = metrics.flatMap(({ step, validationTerms }) => {
    const { forward, backward } = validationTerms ?? {};
    return forward === undefined || backward === undefined
      ? []
      : [{ step, sum: forward + backward }];
  });
  const early = measured.find(({ step }) => step >= EARLY_STEP);
  return {
    consistency_loss_250: early?.sum ?? NaN,
    consistency_loss: measured.at(-1)?.sum ?? NaN,
  };
}

/** @throws {InvalidInputError} If a model of a role predicts something else from something else */
function requireSameFields(scored: SavedPolicy, role: string, other: SavedPolicy): void {
  const read = ({ config }: SavedPolicy): string => {
    const { state, condition, plan } = config as Readonly<Record<string, unknown>>; // of a flow: it was parsed or is about to be
    return JSON.stringify([state, condition, plan]);
  };
  if (read(scored) === read(other)) return;
  throw new InvalidInputError({
    action: "compare with",
    place: role,
    expected: `a flow that reads ${read(scored)}`,
    found: read(other),
    remedy: "train it with the same state, condition and plan",
  });
}
