import { join } from "node:path";
import { readRefusals, type Refusal } from "../../activities/report/refusals.ts";
import { readOpenedRun } from "../../activities/run.ts";
import { rerunPlace } from "../../pipelines/places.ts";
import type { EpisodeTable } from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { suggestName } from "../../core/suggest.ts";
import type { PipelinePlan, StagePlan } from "../../pipelines/plan.ts";
import { type Condition, kindOf } from "../../pipelines/mod.ts";
import {
  type EpisodeRecords,
  listShards,
  openDataset,
  openShards,
  readCommit,
  readCommitSync,
  readQuarantined,
  resolveRunStage,
  type RunLocation,
  shardDirectory,
} from "../../store/mod.ts";
import { displayPath } from "./data_root.ts";
import { resolveArtifact } from "./artifacts.ts";
import { streamsOf } from "./dataset_streams.ts";

/** Episodes in a data directory, found by the name that a person uses. */
export interface RecordedEpisodes extends EpisodeRecords {
  /** Name in commands: `reach-expert/7`, `reach-expert/7/evaluate --condition noisy`. */
  readonly name: string;
  /** Name for people: `reach-expert/7`, `reach-expert/7/evaluate (noisy)`. */
  readonly title: string;
  /** The merged dataset that they are, absolute; null for those of a stage's shards. */
  readonly directory: string | null;
  readonly run: RunLocation | null;
  /**
   * Part that sets them apart from other episodes of the run: `evaluate-noisy`; null for its
   * dataset.
   */
  readonly part: string | null;
  /** Random streams that may have drawn their starts. */
  readonly streams: readonly string[];
}

/** Choice among the episodes of a stage that has several kinds of them. */
export interface EpisodeChoice {
  /** Absolute path of the person's directory, to which names of datasets are relative. */
  readonly from: string;
  /** Condition of an evaluation; if absent, the plain one. */
  readonly condition?: Condition | undefined;
}

/**
 * Opens the episodes that a person names: the dataset of a run as in `resolveArtifact()`, or the
 * episodes of a stage that simulates, from the committed shards, whether or not it has ended:
 * `reach-expert/7/evaluate`. A run without a dataset has those of its first such stage.
 *
 * @throws {InvalidInputError} If there are none, or it is not clear which
 */
export async function openRecorded(
  root: string,
  text: string,
  { from, condition }: EpisodeChoice,
): Promise<RecordedEpisodes> {
  if (condition !== undefined) return await openStage(root, text, condition, null);
  let problem: unknown;
  try {
    const { directory, run } = await resolveArtifact(root, text, "dataset");
    const dataset = await openDataset(directory);
    const name = run === null ? displayPath(directory, from) : `${run.pipeline}/${run.run}`;
    return {
      ...recordsOf(dataset),
      name,
      title: name,
      directory,
      run,
      part: null,
      streams: await streamsOf(root, run),
    };
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    problem = error;
  }
  return await openStage(root, text, undefined, problem);
}

/** A dataset is a class: its methods are bound to it. */
function recordsOf(dataset: EpisodeRecords): EpisodeRecords {
  const { schema, sources, episodes, episodeEnds } = dataset;
  return {
    schema,
    sources,
    episodes,
    episodeEnds,
    readEpisodes: (field) => dataset.readEpisodes(field),
    readEpisodeRows: (field, first, end) => dataset.readEpisodeRows(field, first, end),
    readTable: (first, end) => dataset.readTable(first, end),
  };
}

/** @param problem Why there is no dataset of the name; thrown where there is no stage either */
async function openStage(
  root: string,
  text: string,
  condition: Condition | undefined,
  problem: unknown,
): Promise<RecordedEpisodes> {
  const { run, plan, base, stage: name } = await openPlan(root, text).catch((error) => {
    throw problem ?? error;
  });
  const simulated = plan.stages.filter((stage) =>
    kindOf(stage).simulates && (condition === undefined || conditionsOf(stage).length > 0)
  );
  const stage = name === null
    ? simulated.find((stage) => shardsOf(root, base, stage, condition).length > 0)
    : simulated.find((stage) => stage.name === name);
  const place = `${run.pipeline}/${run.run}`;
  if (stage === undefined) {
    if (name === null && problem instanceof InvalidInputError) throw problem;
    const names = simulated.map(({ name }) => `${place}/${name}`);
    throw new InvalidInputError({
      action: "open the episodes of",
      place: text,
      expected: "a dataset, or a stage that simulates",
      ...(names.length === 0
        ? { found: `that ${place} has none` }
        : { found: "none of that name", remedy: suggestName(`${place}/${name}`, names) }),
    });
  }
  requireCondition(stage, condition);
  const shards = shardsOf(root, base, stage, condition);
  const named = [`${place}/${stage.name}`, ...(condition ? [`--condition ${condition}`] : [])];
  if (shards.length === 0) {
    throw new InvalidInputError({
      action: "open the episodes of",
      place: named.join(" "),
      expected: "committed shards",
      found: "none yet",
      remedy: "wait for the first one",
    });
  }
  return {
    ...await openShards(shards),
    name: named.join(" "),
    title: `${place}/${stage.name}${condition === undefined ? "" : ` (${condition})`}`,
    directory: null,
    run,
    part: condition === undefined ? stage.name : `${stage.name}-${condition}`,
    streams: [stage.stream],
  };
}

/** Opens a run's plan, and the stage of it that a person names. */
async function openPlan(root: string, text: string) {
  const { run, stage } = await resolveRunStage(root, text);
  const { plan, rerun } = await readOpenedRun(root, run.directory);
  return { run, stage, plan, base: rerun ? rerunPlace(run.pipeline, run.run) : "" };
}

/** @throws {InvalidInputError} If a stage has no episodes under a condition */
function requireCondition(stage: StagePlan, condition: Condition | undefined): void {
  const known = conditionsOf(stage);
  if (condition === undefined || known.includes(condition)) return;
  throw new InvalidInputError({
    action: `open the ${condition} episodes of stage`,
    place: stage.name,
    expected: "one of its conditions",
    found: `only ${known.join(" and ") || "none"}`,
    remedy: `omit --condition${(known.length > 1 ? ", or choose another" : "")}`,
  });
}

function conditionsOf(stage: StagePlan): readonly string[] {
  return kindOf(stage).conditionsOf?.(stage.parameters) ?? [];
}

/** The committed shards of a stage, or of its first condition or another, absolute. */
function shardsOf(
  root: string,
  base: string,
  stage: StagePlan,
  condition: Condition | undefined,
): readonly string[] {
  const place = join(root, base, stage.directory), conditions = conditionsOf(stage);
  if (conditions.length === 0 || stage.shards === undefined) {
    return shardsOfChain(root, base, stage);
  }
  const count = stage.shards / conditions.length;
  const first = count * (condition === undefined ? 0 : conditions.indexOf(condition));
  return listShards(place, { first, count });
}

/** The committed shards of a stage of a chain, whose commit says which it goes without. */
function shardsOfChain(root: string, base: string, stage: StagePlan): readonly string[] {
  const directory = join(root, base, stage.commit), commit = readCommitSync(directory);
  const quarantined = commit === null ? [] : readQuarantined(directory, commit);
  const without = new Set(quarantined.map(({ shard }) => shard));
  return listShards(join(root, base, stage.directory), { without });
}

/** A candidate that was refused, and where it can be read. */
export interface RecordedReject extends Refusal {
  /** Name of the generate stage that it is a candidate of. */
  readonly source: string;
}

/** The refused candidates of a run. */
export interface RecordedRejects {
  /** `reach-expert/7`, or `reach-expert/7/generate` where one stage was named. */
  readonly name: string;
  readonly run: RunLocation;
  readonly rejects: readonly RecordedReject[];
  /** Random streams that may have drawn their starts. */
  readonly streams: readonly string[];
  /** Reads the recording of one. */
  readEpisode(reject: RecordedReject): Promise<EpisodeRecords>;
}

/**
 * The candidates of a run that were refused, from the shards that are committed.
 *
 * @param text A run, or a generate stage of one
 * @throws {InvalidInputError} If it is none, or has nothing that is checked
 */
export async function openRejects(root: string, text: string): Promise<RecordedRejects> {
  const { run, plan, base, stage } = await openPlan(root, text);
  const sources = plan.stages.filter(({ chain, name }) =>
    chain?.previous === null && (stage === null || name === stage)
  );
  const place = `${run.pipeline}/${run.run}`;
  if (sources.length === 0) {
    throw new InvalidInputError({
      action: "list the rejects of",
      place: text,
      expected: "a run that generates candidates, or a generate stage of it",
      found: stage === null ? "none" : `"${stage}"`,
      remedy: "choose another run or stage",
    });
  }
  const rejects: RecordedReject[] = [];
  for (const source of sources) {
    const checks = checksBehind(plan, source.name).map((check) => ({
      name: check.name,
      commit: join(root, base, check.commit),
      shards: shardsOfChain(root, base, check),
    }));
    const tail = checks.at(-1);
    // Beyond the candidate that completed the dataset, the last shard may hold more.
    const counted = tail && (await readCommit(tail.commit))?.counts["candidates"];
    const refusals = await readRefusals(checks, counted ?? Infinity);
    rejects.push(...refusals.map((refusal) => ({ ...refusal, source: source.name })));
  }
  return {
    name: stage === null ? place : `${place}/${stage}`,
    run,
    rejects,
    streams: sources.map(({ stream }) => stream),
    readEpisode({ source, candidate }) {
      const stage = sources.find(({ name }) => name === source)!; // they are of these
      const { shard } = stage.chain!; // every generate stage has one
      return openCandidate(join(root, base, stage.directory), candidate, shard);
    },
  };
}

/** Returns the checks of a chain after its generate stage, in order. */
function checksBehind(plan: PipelinePlan, name: string): readonly StagePlan[] {
  const next = plan.stages.find(({ chain }) => chain?.previous === name);
  return next === undefined ? [] : [next, ...checksBehind(plan, next.name)];
}

/** One candidate as episodes of their own. */
async function openCandidate(
  place: string,
  candidate: number,
  shard: number,
): Promise<EpisodeRecords> {
  const records = await openShards([shardDirectory(place, Math.floor(candidate / shard))]);
  const at = candidate % shard;
  const read = (): Promise<EpisodeTable> => records.readTable(at, at + 1);
  const { lengths } = await read();
  return {
    ...records,
    episodes: 1,
    episodeEnds: Float64Array.from(lengths),
    readTable: read,
  };
}
