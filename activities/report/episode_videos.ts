import { join } from "node:path";
import { environmentOf, renderEpisode } from "../../sim/mod.ts";
import { type EpisodeRecords, writeFileAtomically } from "../../store/mod.ts";
import { paceOf, VideoEncoder } from "../../view/video.ts";

/** Default width and height (px). */
export const VIDEO_SIZE = 192;

/** Callbacks that watch and stop the writing. */
export interface VideoControl {
  readonly signal: AbortSignal;
  /** Called before each episode. */
  readonly onEpisode?: (episode: number, index: number) => void;
}

/** Episodes to show. */
export interface VideoTask {
  readonly dataset: Pick<EpisodeRecords, "schema" | "readTable">;
  readonly episodes: readonly number[];
  /** Width and height in px; even. */
  readonly size: number;
  /** Absolute; made where it is not there. */
  readonly directory: string;
}

/**
 * Writes one video per episode, `sample_000.mp4`, and, if there are several, one with all,
 * `samples_000-009.mp4`. The same episodes give the same bytes.
 *
 * @returns Paths of the files
 */
export async function writeVideos(
  { dataset, episodes, size, directory }: VideoTask,
  { signal, onEpisode }: VideoControl,
): Promise<readonly string[]> {
  const environment = environmentOf(dataset.schema);
  const options = { width: size, height: size, ...paceOf(dataset.schema.controlHz) };
  const pad = (episode: number) => String(episode).padStart(3, "0");
  const files: string[] = [];
  const write = async (name: string, video: VideoEncoder) => {
    const file = join(directory, name);
    await writeFileAtomically(file, video.finish());
    files.push(file);
  };
  using all = await VideoEncoder.open(options);
  for (const [index, episode] of episodes.entries()) {
    onEpisode?.(episode, index);
    const table = await dataset.readTable(episode, episode + 1);
    using own = await VideoEncoder.open(options);
    for await (const frame of renderEpisode(environment, table, 0, options)) {
      signal.throwIfAborted();
      own.add(frame);
      all.add(frame);
    }
    await write(`sample_${pad(episode)}.mp4`, own);
  }
  if (episodes.length > 1) {
    await write(`samples_${pad(episodes[0]!)}-${pad(episodes.at(-1)!)}.mp4`, all);
  }
  return files;
}

/** Numbers of the first episodes of a dataset, as many as it has. */
export function firstEpisodes(
  { episodes }: Pick<EpisodeRecords, "episodes">,
  count: number,
): readonly number[] {
  return Array.from({ length: Math.min(count, episodes) }, (_, episode) => episode);
}
