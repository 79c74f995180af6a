import { type EpisodeTable, type FieldSpec, rowSize, SPLITS } from "../../core/episode.ts";
import {
  type EnvironmentDefinition,
  EpisodeView,
  recordedObservations,
  type Replay,
} from "../../sim/mod.ts";
import type { Dataset } from "../../store/mod.ts";
import { formatNumber } from "../../view/format.ts";
import { composePage } from "../../view/page_document.ts";
import type { LocalPage } from "../../view/page_handler.ts";
import { plotReplay } from "../../view/replay_plots.ts";
import {
  describeReplay,
  renderReplayBody,
  type ReplayModel,
  type ReplayText,
} from "../../view/replay_page.ts";
import { pageScripts, plotStyle } from "./page_server.ts";

/** An episode of a dataset or of a file, as recorded and as simulated again. */
export interface ReplayedEpisode {
  readonly dataset: Pick<Dataset, "schema" | "sources" | "episodes">;
  /** How a person calls the dataset or the file. */
  readonly name: string;
  /** Number of the episode in the dataset, null for that of a file. */
  readonly episode: number | null;
  readonly environment: EnvironmentDefinition;
  /** The columns of this one episode. */
  readonly table: EpisodeTable;
  readonly replay: Replay;
}

/** The page that shows it. */
export function composeReplayPage(replayed: ReplayedEpisode): LocalPage {
  const { dataset, environment, table, replay } = replayed;
  const { schema } = dataset, { drawing, poses, observations, path } = replay;
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
  const title = titleOf(replayed);
  const body = renderReplayBody({
    title,
    commands: commandsOf(replayed),
    environment: environment.name,
    controlHz: schema.controlHz,
    steps: recorded.length,
    verdict: describeReplay(replay, schema),
    outcome: outcomeOf(recorded),
    facts: [...factsOf(dataset, recorded), ...constants],
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

/** `reach-expert/7, episode 12`, or the name of a file. */
export function titleOf({ name, episode }: Pick<ReplayedEpisode, "name" | "episode">): string {
  return episode === null ? name : `${name}, episode ${episode}`;
}

/** What shows another episode, and what makes a video of this one. */
function commandsOf({ dataset, name, episode }: ReplayedEpisode): ReplayText["commands"] {
  const replay = (number: number) => `deno task replay ${name} --episode ${number}`;
  return episode === null
    ? { another: null, video: `deno task replay ${name} --video episode.mp4` }
    : {
      another: replay(episode + 1 < dataset.episodes ? episode + 1 : 0),
      video: `${replay(episode)} --video episode.mp4`,
    };
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

/** Columns of the episode that a person can read, but for what the page shows elsewhere. */
const HIDDEN = /^(final_|reset_info\/|start_state$|success$|terminated$|truncated$|planned_steps$)/;
const MAX_COMPONENTS = 16;

function factsOf(
  { schema, sources }: ReplayedEpisode["dataset"],
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
