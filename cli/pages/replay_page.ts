import { type EpisodeTable, type FieldSpec, rowSize, SPLITS } from "../../core/episode.ts";
import {
  type EnvironmentDefinition,
  EpisodeView,
  recordedObservations,
  type Replay,
} from "../../sim/mod.ts";
import type { EpisodeRecords } from "../../store/mod.ts";
import { formatNumber } from "../../view/format.ts";
import { composePage } from "../../view/page_document.ts";
import type { LocalPage } from "../../view/page_handler.ts";
import { plotReplay } from "../../view/replay_plots.ts";
import {
  describeReplay,
  type EpisodePosition,
  renderReplayBody,
  type ReplayModel,
} from "../../view/replay_page.ts";
import { pageScripts, plotStyle } from "./page_server.ts";

/** An episode as recorded and as simulated again. */
export interface ReplayedEpisode {
  /** Recording that the episode belongs to. */
  readonly of: Pick<EpisodeRecords, "schema" | "sources">;
  /** `reach-expert/7, episode 12`, or the name of a file. */
  readonly title: string;
  /** Name of the dataset or the file, for programs. */
  readonly name: string;
  /** Number of the episode in the dataset, null for that of a file. */
  readonly episode: number | null;
  /** The command that shows it, and another one; null if there is no other. */
  readonly commands: { readonly own: string; readonly another: string | null };
  /** Position among the episodes that can be shown, null for a single one. */
  readonly position: EpisodePosition | null;
  readonly environment: EnvironmentDefinition;
  /** The columns of this one episode. */
  readonly table: EpisodeTable;
  readonly replay: Replay;
}

/**
 * Composes the page of an episode, with links to the neighbouring ones.
 *
 * @param open Simulates another one again
 */
export function composeReplayPages(
  first: ReplayedEpisode,
  open: (index: number) => Promise<ReplayedEpisode>,
): LocalPage {
  const page = composeReplayPage(first);
  if (first.position === null) return page;
  const { index: shown, count } = first.position;
  // A page is asked for in three parts.
  const made = new Map<number, Promise<LocalPage>>([[shown, Promise.resolve(page)]]);
  return {
    ...page,
    async find(path) {
      const [, number, part] = /^\/episode\/(\d{1,9})(\/.*)$/.exec(path) ?? [];
      const index = Number(number);
      if (number === undefined || part === undefined || index >= count) return null;
      const known = made.get(index) ?? open(index).then(composeReplayPage);
      made.delete(index);
      made.set(index, known);
      known.catch(() => made.delete(index));
      if (made.size > PAGES_KEPT) made.delete(made.keys().next().value!); // the oldest of some
      const { assets } = await known;
      return EPISODE_PARTS.includes(part) ? assets[part] ?? null : null;
    },
  };
}

/** Number of other episodes' pages to keep: people go back and forth. */
const PAGES_KEPT = 8;

/** Paths whose content differs between the pages of two episodes. */
const EPISODE_PARTS: readonly string[] = ["/", "/replay.json", "/poses.f32"];

function composeReplayPage(replayed: ReplayedEpisode): LocalPage {
  const { of, title, commands, position, environment, table, replay } = replayed;
  const { schema } = of, { drawing, poses, observations, path } = replay;
  const recorded = new EpisodeView(table, 0);
  const { plots, constants } = plotReplay({
    schema,
    recorded,
    replayed: new EpisodeView(replay.table, 0),
    quantities: environment.quantities ?? [],
    observations: { recorded: recordedObservations(environment, recorded), replayed: observations },
  });
  const model: ReplayModel = {
    controlHz: schema.controlHz,
    steps: recorded.length,
    drawing,
    targets: drawing?.dimensions === 2 && drawing.actionColour ? pointsOf(recorded) : [],
    path: Array.from(path),
    plots,
  };
  const body = renderReplayBody({
    title,
    position,
    commands: { another: commands.another, video: `${commands.own} --video episode.mp4` },
    environment: environment.name,
    controlHz: schema.controlHz,
    steps: recorded.length,
    verdict: describeReplay(replay, schema),
    outcome: outcomeOf(recorded),
    facts: [...factsOf(of, recorded), ...constants],
  }, model);
  return composePage({
    title,
    body,
    scripts: pageScripts("replay.ts"),
    style: plotStyle(),
    data: {
      "/replay.json": { type: "application/json", body: JSON.stringify(model) },
      "/poses.f32": {
        type: "application/octet-stream",
        body: Uint8Array.from(new Uint8Array(poses.buffer)),
      },
    },
  });
}

function pointsOf(recorded: EpisodeView): number[][] {
  const { data } = recorded.step("action")!;
  return Array.from(
    { length: recorded.length },
    (_, step) => [Number(data[2 * step]), Number(data[2 * step + 1])],
  );
}

function outcomeOf(recorded: EpisodeView): string | null {
  if (recorded.episode("terminated") === undefined) return null;
  const is = (name: string) => recorded.episode(name)?.[0] === 1;
  const end = is("terminated") ? "terminated" : "truncated";
  return `${is("success") ? "succeeded" : "did not succeed"}, ${end}`;
}

/** Pattern of the columns that a person cannot read, or that the page shows elsewhere. */
const HIDDEN = /^(final_|reset_info\/|start_state$|success$|terminated$|truncated$|planned_steps$)/;
const MAX_COMPONENTS = 16;

function factsOf(
  { schema, sources }: ReplayedEpisode["of"],
  recorded: EpisodeView,
): (readonly [string, string])[] {
  const value = ({ name, unit, dtype }: FieldSpec) => {
    const values = Array.from(recorded.episode(name)!, Number);
    if (name === "split") return SPLITS[values[0]!]!;
    if (name === "source") return sources[values[0]!]!;
    if (dtype === "bool") return values[0] === 1 ? "yes" : "no";
    return `${values.map(formatNumber).join("  ")} ${unit ?? ""}`.trim();
  };
  return schema.episode
    .filter(({ name, shape }) => !HIDDEN.test(name) && rowSize(shape) <= MAX_COMPONENTS)
    .map((spec) => [spec.name, value(spec)] as const);
}
