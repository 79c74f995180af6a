import { mkdirSync } from "node:fs";
import { dirname, extname } from "node:path";
import type { JsonValue } from "../../core/canonical.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { environmentOf, renderEpisode, replayEpisode, replayObserved } from "../../sim/mod.ts";
import { writeFileAtomically } from "../../store/mod.ts";
import { formatCount } from "../../view/format.ts";
import { describeReplay } from "../../view/replay_page.ts";
import { paceOf, VideoEncoder } from "../../view/video.ts";
import { importModules } from "../../runtime/prepare/code_modules.ts";
import { MODULE_FLAG } from "../kit/module_flag.ts";
import { dataRootWith, datasetUnless, displayPath, workingDirectory } from "../kit/places.ts";
import { defineCommand, type FlagValues } from "../kit/flags.ts";
import { type ForegroundOptions, inForeground } from "../kit/foreground_work.ts";
import { noteLine, printLine } from "../kit/output.ts";
import { checkPlace } from "../../runtime/data/output_place.ts";
import { PAGE_FLAGS, servePage } from "../pages/page_server.ts";
import { CONDITION_FLAG, conditionOf, EPISODES_ARGUMENT } from "../kit/episode_flags.ts";
import { openRecorded, openRejects } from "../../runtime/data/recorded_episodes.ts";
import { composeReplayPages, type ReplayedEpisode } from "../pages/replay_page.ts";
import { runCommand } from "../kit/run_command.ts";
import { isTrajectoryFile, openTrajectory } from "../../runtime/data/trajectory_file.ts";

export const REPLAY = defineCommand({
  name: "replay",
  summary: "Replays a stored episode in the simulator, compares it with the recording and shows " +
    "it.",
  description: "Applies the recorded actions from the recorded initial state and compares every " +
    "simulated number with the stored one. A local page shows the motion and its " +
    "quantities over time; only browsers on this machine can open it. Another tool's " +
    "trajectory file, which holds states and actions only, is compared step by step.",
  arguments: {
    dataset: {
      description: `${EPISODES_ARGUMENT.description}, or a trajectory exported to hdf5-quadruped ` +
        "(trajectory_00001.h5)",
    },
  },
  flags: {
    episode: {
      type: "integer",
      description: "Episode number; a trajectory file holds only episode 0",
      default: 0,
      min: 0,
    },
    ...CONDITION_FLAG,
    reject: {
      type: "integer",
      placeholder: "CANDIDATE",
      description: "Replay a rejected candidate of the run instead of an episode",
      min: 0,
    },
    video: {
      type: "text",
      placeholder: "FILE",
      description: "Write an MP4 video instead of serving a page",
    },
    size: {
      type: "integer",
      description: "Width and height of the video (px, even)",
      default: 480,
      min: 16,
      max: 1024,
    },
    json: {
      type: "boolean",
      description:
        "Print the comparison as one line of JSON instead of serving a page; exit with 1 if " +
        "it differs",
    },
    ...PAGE_FLAGS,
    ...MODULE_FLAG,
  },
  examples: [
    ["deno task replay reach-expert --episode 12", "view an episode"],
    ["deno task replay reach-expert/1/evaluate --episode 3", "what the trained policy did"],
    ["deno task replay reach-expert/1 --reject 17", "a rejected candidate"],
    ["deno task replay pusht-dmp --episode 3 --video episode.mp4", "write a video"],
    ["deno task replay reach-expert --json", "does this machine reproduce the same bits?"],
    ["deno task replay out/trajectory_00001.h5", "an exported trajectory"],
  ],
});

type Flags = FlagValues<typeof REPLAY.flags>;

/** @throws {InvalidInputError} If there is no such episode */
function requireEpisode(count: number, episode: number): void {
  if (episode < count) return;
  throw new InvalidInputError({
    action: `replay --episode ${episode}`,
    expected: `0 to ${formatCount(count - 1)}`,
    found: "no such episode",
    remedy: "choose a number in that range",
  });
}

/** Episode to replay, and the streams that may have drawn it. */
interface Recording extends Omit<ReplayedEpisode, "replay"> {
  /** Streams that may have drawn its start. */
  readonly streams: readonly string[];
}

/** Recorded episodes, one of which is looked at first. */
interface RecordedSeries {
  readonly first: number;
  read(index: number): Promise<Recording>;
}

/** Episodes of a stored dataset, or of a stage that simulates. */
async function openStored(
  text: string,
  { episode, condition }: Pick<Flags, "episode" | "condition">,
): Promise<RecordedSeries> {
  const records = await openRecorded(
    await dataRootWith(text, datasetUnless(condition)),
    text,
    {
      from: workingDirectory(),
      condition: conditionOf(condition),
    },
  );
  const { name, title, episodes, schema, streams } = records;
  requireEpisode(episodes, episode);
  const environment = environmentOf(schema);
  const commandOf = (index: number) => `deno task replay ${name} --episode ${index}`;
  return {
    first: episode,
    read: async (index) => ({
      of: records,
      title: `${title}, episode ${index}`,
      name,
      episode: index,
      commands: {
        own: commandOf(index),
        another: episodes === 1 ? null : commandOf((index + 1) % episodes),
      },
      position: { index, count: episodes },
      environment,
      table: await records.readTable(index, index + 1),
      streams,
    }),
  };
}

/** Refused candidates of a run. @param candidate Of the first to look at */
async function openRefused(text: string, candidate: number): Promise<RecordedSeries> {
  const { name, rejects, streams, readEpisode } = await openRejects(await dataRootWith(text), text);
  const first = rejects.findIndex((reject) => reject.candidate === candidate);
  const same = rejects.filter((reject) => reject.candidate === candidate);
  if (same.length !== 1) {
    throw new InvalidInputError({
      action: `replay --reject ${candidate} of`,
      place: name,
      expected: "one rejected candidate of that number",
      found: same.length || "none",
      remedy: same.length === 0
        ? `"deno task episodes ${name} --rejects" lists them`
        : `name a stage, ${same.map(({ source }) => `${name}/${source}`).join(" or ")}`,
    });
  }
  const commandOf = (index: number) =>
    `deno task replay ${name} --reject ${rejects[index]!.candidate}`;
  return {
    first,
    async read(index) {
      const reject = rejects[index]!, { source, stage, reason } = reject;
      const records = await readEpisode(reject);
      return {
        of: records,
        title:
          `${name}, candidate ${reject.candidate} of ${source}, rejected by ${stage}: ${reason}`,
        name,
        episode: reject.candidate,
        commands: {
          own: commandOf(index),
          another: rejects.length === 1 ? null : commandOf((index + 1) % rejects.length),
        },
        position: { index, count: rejects.length },
        environment: environmentOf(records.schema),
        table: await records.readTable(0, 1),
        streams,
      };
    },
  };
}

/** The episode of a trajectory file. */
async function openFile(file: string, episode: number): Promise<RecordedSeries> {
  requireEpisode(1, episode);
  const { schema, environment, table, streams } = await openTrajectory(file, workingDirectory());
  const name = displayPath(file);
  const recording: Recording = {
    of: { schema, sources: [] },
    title: name,
    name,
    episode: null,
    commands: { own: `deno task replay ${name}`, another: null },
    position: null,
    environment,
    table,
    streams,
  };
  return { first: 0, read: () => Promise.resolve(recording) };
}

async function replay(
  { streams, ...recording }: Recording,
  signal: AbortSignal = new AbortController().signal,
): Promise<ReplayedEpisode> {
  const { environment, table } = recording;
  return {
    ...recording,
    replay: "start_state" in table.episode
      ? await replayEpisode(environment, table, { episode: 0, streams, signal })
      : await replayObserved(environment, table, { signal }),
  };
}

/** Writes a video of the replayed episode in real time. */
async function writeVideo(
  { of, environment, table }: ReplayedEpisode,
  { file, size }: { readonly file: string; readonly size: number },
  { signal }: ForegroundOptions,
): Promise<void> {
  const options = { width: size, height: size, ...paceOf(of.schema.controlHz) };
  using video = await VideoEncoder.open(options);
  for await (const frame of renderEpisode(environment, table, 0, options)) {
    signal.throwIfAborted();
    video.add(frame);
  }
  mkdirSync(dirname(file), { recursive: true });
  await writeFileAtomically(file, video.finish());
}

function comparisonJson({ name, episode, environment, of, replay }: ReplayedEpisode) {
  const { comparison, observations, origin, isExact } = replay;
  return {
    dataset: name,
    episode,
    environment: environment.name,
    engine: { ...environment.engine },
    steps: observations.length - 1,
    control_hz: of.schema.controlHz,
    exact: isExact,
    start: origin && { ...origin },
    ...comparison,
    first: comparison.first && { ...comparison.first },
    largest: comparison.largest.map((difference) => ({ ...difference })),
  } satisfies JsonValue;
}

/** @throws {InvalidInputError} If its name says another format, or nothing can lie there */
function checkVideoFile(file: string): string {
  if (/\.mp4$/i.test(file)) return checkPlace(file, workingDirectory());
  throw new InvalidInputError({
    action: "write",
    place: file,
    expected: "a name ending in .mp4",
    found: `"${extname(file)}"`,
    remedy: "use a name that ends in .mp4",
  });
}

if (import.meta.main) {
  await runCommand(REPLAY, async ({ arguments: { dataset: text }, flags }) => {
    await importModules(flags.module, workingDirectory());
    const file = flags.video === undefined ? null : checkVideoFile(flags.video);
    const series = isTrajectoryFile(text, workingDirectory())
      ? await openFile(text, flags.episode)
      : flags.reject === undefined
      ? await openStored(text, flags)
      : await openRefused(text, flags.reject);
    const replayed = await inForeground(
      "nothing was shown",
      async ({ signal }) => await replay(await series.read(series.first), signal),
    );
    const { comparison } = replayed.replay;
    if (file !== null) {
      const size = flags.size - flags.size % 2;
      await inForeground(
        "no video was written",
        (options) => writeVideo(replayed, { file, size }, options),
      );
    }
    if (flags.json) {
      printLine(JSON.stringify({
        ...comparisonJson(replayed),
        ...(file === null ? {} : { video: displayPath(file) }),
      }));
      return comparison.equal ? 0 : 1;
    }
    const { word, detail } = describeReplay(replayed.replay, replayed.of.schema);
    noteLine(`${replayed.title}: ${word}: ${detail}`);
    if (file === null) {
      const open = async (index: number) => await replay(await series.read(index));
      await servePage(composeReplayPages(replayed, open), flags);
    } else printLine(displayPath(file));
    return 0;
  });
}
