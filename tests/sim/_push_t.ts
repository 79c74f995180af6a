import type { EpisodeTable } from "../../core/episode.ts";
import { viewEpisodes } from "../../sim/episodes/episode_view.ts";

/** Which episodes move the block by at least 50 px from where it was. */
export function movesBlock(table: EpisodeTable): readonly boolean[] {
  return viewEpisodes(table).map((episode) => {
    const { data, count } = episode.states("block_pos");
    let farthest = 0;
    for (let i = 0; i < count; i++) {
      const moved = Math.hypot(data[2 * i]! - data[0]!, data[2 * i + 1]! - data[1]!);
      farthest = Math.max(farthest, moved);
    }
    return farthest >= 50;
  });
}
