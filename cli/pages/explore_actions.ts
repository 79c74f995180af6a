import { z } from "zod";
import type { JsonValue } from "../../core/canonical.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { createRandom } from "../../core/random.ts";
import type { FlowFutures } from "../../learn/mod.ts";
import {
  drawTrial,
  EpisodeView,
  type PushTOptions,
  type PushTTrial,
  replayEpisode,
  simulateTrial,
} from "../../sim/mod.ts";
import type { FuturesAnswer, TrialAnswer } from "../../view/explore_page.ts";
import { formatPercent, formatSeconds } from "../../view/format.ts";
import type { PageAction } from "../../view/page_handler.ts";
import { plotReplay } from "../../view/replay_plots.ts";
import { tableSource } from "../../runtime/data/table_source.ts";

/** Stream of a generate stage that is called so, as `deno task generate` and pipelines do. */
const STREAM = "generate";

const place = z.number().min(0).max(512), point = z.tuple([place, place]);
const weights = z.array(z.number().min(-1000).max(1000)).length(3);

const TRIAL = z.strictObject({
  movement: z.strictObject({
    duration: z.number().min(0.1).max(30),
    start: point,
    goal: point,
    weights: z.tuple([weights, weights]),
    stiffness: z.number().min(0.1).max(1000),
  }),
  block: z.tuple([place, place, z.number()]),
  scaleForcing: z.boolean(),
});

const FUTURES = z.strictObject({
  ...TRIAL.shape,
  step: z.int().min(0),
  ahead: z.int().min(1),
});

const DRAW = z.strictObject({ candidate: z.int().min(0).max(2 ** 31) });

export interface ExploreOptions {
  readonly engine: PushTOptions["engine"];
  readonly seed: number;
  readonly flow: FlowFutures | null;
}

/** Actions that the page can request. */
export function exploreActions({ engine, seed, flow }: ExploreOptions): Record<string, PageAction> {
  return {
    "/draw": (question) => answer(drawTrial(seed, STREAM, parseQuestion(DRAW, question).candidate)),
    "/simulate": async (question, signal) => {
      const { scaleForcing, ...trial } = parseQuestion(TRIAL, question);
      return await answer(await tryMovement(trial, { engine, scaleForcing }, signal));
    },
    ...(flow === null ? {} : {
      "/futures": async (question: JsonValue) => {
        const { step, ahead, scaleForcing, ...trial } = parseQuestion(FUTURES, question);
        return await answer(
          await sampleFutures(flow, trial, {
            push: { engine, scaleForcing },
            step,
            ahead,
          }),
        );
      },
    }),
  };
}

/** Simulates a movement for the page. */
async function tryMovement(
  trial: PushTTrial,
  options: PushTOptions,
  signal: AbortSignal,
): Promise<TrialAnswer> {
  const { environment, table } = await simulateTrial(trial, options);
  const replay = await replayEpisode(environment, table, { episode: 0, signal });
  const recorded = new EpisodeView(table, 0), { observations } = replay;
  const { plots } = plotReplay({
    schema: environment.schema(),
    recorded,
    replayed: recorded,
    quantities: environment.quantities!, // Push-T has some
    observations: { recorded: observations, replayed: observations },
  });
  const actions = recorded.step("action")!.data;
  return {
    controlHz: environment.controlHz,
    steps: recorded.length,
    drawing: replay.drawing,
    poses: Array.from(replay.poses),
    path: Array.from(replay.path),
    targets: Array.from(
      { length: recorded.length },
      (_, step) => [Number(actions[2 * step]), Number(actions[2 * step + 1])],
    ),
    plots,
    outcome: describeOutcome(recorded, environment.controlHz),
  };
}

/** Describes what happened, how much of the goal the block covers, and what success needs. */
function describeOutcome(episode: EpisodeView, controlHz: number): string {
  const coverages = Array.from(episode.step("info/coverage")!.data, Number);
  const touched = Array.from(episode.step("info/n_contacts")!.data, Number);
  const last = coverages.at(-1)!, steps = episode.length;
  const pushes = touched.filter((contacts) => contacts > 0).length;
  const first = touched.findIndex((contacts) => contacts > 0);
  const ended = `Simulated ${formatSeconds(steps / controlHz)} (${steps} steps)`;
  if (first === -1) {
    return `${ended}: the agent never touched the block, which covers ${formatPercent(last)} of ` +
      "the goal. Lead the path through the block, or drag the block into its path.";
  }
  const pushed = `the block was pushed in ${pushes} of them, first after ` +
    `${formatSeconds((first + 1) / controlHz)}`;
  return last > 0.95
    ? `${ended}: ${pushed}, and covers ${formatPercent(last)} of the goal: success.`
    : `${ended}: ${pushed}; at the end it covers ${formatPercent(last)} of the goal, at most ` +
      `${formatPercent(Math.max(...coverages))} during the movement. Success needs more than 95 %.`;
}

interface SampleOptions {
  readonly push: PushTOptions;
  readonly step: number;
  readonly ahead: number;
}

/** Samples of a state of the simulated movement; none if it is over by then. */
async function sampleFutures(
  flow: FlowFutures,
  trial: PushTTrial,
  { push, step, ahead }: SampleOptions,
): Promise<FuturesAnswer> {
  const { environment, table } = await simulateTrial(trial, push);
  const last = table.lengths[0]!, at = Math.min(step + Math.min(ahead, flow.maxSteps), last);
  if (at <= step) return { at, agents: [], blocks: [] };
  const [agents, places, angles] = await flow.sample(
    tableSource(environment.schema(), table),
    ["observation/agent_pos", "observation/block_pos", "observation/block_angle"],
    {
      step,
      ahead: at - step,
      // The same noise at every state: samples move with it, and do not flicker.
      random: createRandom(0, "explore/futures", 0),
    },
  );
  const row = (data: Float32Array, sample: number) => [data[2 * sample]!, data[2 * sample + 1]!];
  return {
    at,
    agents: Array.from({ length: flow.samples }, (_, i) => row(agents!, i)),
    blocks: Array.from({ length: flow.samples }, (_, i) => [...row(places!, i), angles![i]!]),
  };
}

/** @throws {InvalidInputError} If a question is not of a shape */
function parseQuestion<Question>(schema: z.ZodType<Question>, question: JsonValue): Question {
  const { success, data, error } = schema.safeParse(question);
  if (success) return data;
  const [issue] = error.issues;
  throw new InvalidInputError({
    action: "read the request",
    problem: `${issue?.path.join(".") || "it"}: ${issue?.message}`,
  });
}

/** Numbers that JSON can hold, as an answer. */
function answer(value: object): Promise<JsonValue> {
  return Promise.resolve(value as JsonValue); // of plain objects, arrays and numbers
}
