import { type EpisodeTable, type FieldSpec, rowSize, SPLITS } from "../core/episode.ts";
import { type EnvironmentDefinition, EpisodeView, type Replay } from "../sim/mod.ts";
import type { Dataset } from "../store/mod.ts";
import { formatNumber } from "../view/format.ts";
import { composePage } from "../view/page_document.ts";
import type { LocalPage } from "../view/page_handler.ts";
import { plotReplay } from "../view/replay_plots.ts";
import { renderReplayBody, type ReplayModel } from "../view/replay_page.ts";
import { pageScripts, plotStyle } from "./page_server.ts";

/** An episode of a dataset, as recorded and as simulated again. */
export interface ReplayedEpisode {
  readonly dataset: Dataset;
  /** How a person calls the dataset. */
  readonly name: string;
  /** Number of the episode in the dataset. */
  readonly episode: number;
  readonly environment: EnvironmentDefinition;
  /** The columns of this one episode. */
  readonly table: EpisodeTable;
  readonly replay: Replay;
}

/** The page that shows it. */
export function composeReplayPage(replayed: ReplayedEpisode): LocalPage {
  const { dataset, name, episode, environment, table, replay } = replayed;
  const { schema } = dataset, { drawing, poses, observations, comparison, path } = replay;
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
    dataset: name,
    episode,
    episodes: dataset.episodes,
    environment: environment.name,
    controlHz: schema.controlHz,
    steps: recorded.length,
    comparison,
    origin: replay.origin,
    outcome: outcomeOf(recorded),
    facts: [...factsOf(dataset, recorded), ...constants],
  }, model);
  return composePage({
    title: `${name}, episode ${episode}`,
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

/** `[steps + 1]` observations as policies got them. */
function recordedObservations(
  { observation }: EnvironmentDefinition,
  recorded: EpisodeView,
): Float32Array[] {
  const fields = observation.map(({ name }) => recorded.states(name));
  return Array.from({ length: recorded.length + 1 }, (_, state) =>
    Float32Array.from(
      fields.flatMap(({ data, size }) => [...data.subarray(state * size, (state + 1) * size)]),
    ));
}

function pointsOf(recorded: EpisodeView): number[][] {
  const { data } = recorded.step("action")!;
  return Array.from(
    { length: recorded.length },
    (_, step) => [Number(data[2 * step]), Number(data[2 * step + 1])],
  );
}

function outcomeOf(recorded: EpisodeView): string {
  const is = (name: string) => recorded.episode(name)?.[0] === 1;
  const end = is("terminated") ? "terminated" : "truncated";
  return `${is("success") ? "succeeded" : "did not succeed"}, ${end}`;
}

/** Columns of the episode that a person can read, but for what the page shows elsewhere. */
const HIDDEN = /^(final_|reset_info\/|start_state$|success$|terminated$|truncated$|planned_steps$)/;
const MAX_COMPONENTS = 16;

function factsOf(
  { schema, sources }: Dataset,
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
