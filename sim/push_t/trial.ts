import type { EpisodeTable } from "../../core/episode.ts";
import { createRandom } from "../../core/random.ts";
import type { EnvironmentDefinition } from "../world/environment.ts";
import { pushTFrom, type PushTOptions } from "./push_t.ts";
import { drawMovement, followMovement, type PushTMovement } from "./push_t_dmp.ts";
import { drawStart } from "./push_t_scene.ts";
import { rolloutCandidates } from "../episodes/rollout.ts";

/** Movement to try, and the pose of the block. */
export interface PushTTrial {
  readonly movement: PushTMovement;
  /** X, y (px) and angle (rad). */
  readonly block: readonly [x: number, y: number, angle: number];
}

/**
 * The trial that a candidate of a generate stage with policy `dmp` is.
 *
 * @param stream Of the stage, its name unless declared
 */
export function drawTrial(seed: number, stream: string, candidate: number): PushTTrial {
  const random = (purpose: string) => createRandom(seed, `${stream}/${purpose}`, candidate);
  const [x, y, ...block] = drawStart(random("start"));
  return { movement: drawMovement([x, y], random("policy")), block };
}

/** Simulates a trial: one episode with the columns of policy `dmp`, and the environment it is of. */
export async function simulateTrial(
  { movement, block }: PushTTrial,
  options: PushTOptions,
): Promise<{ readonly environment: EnvironmentDefinition; readonly table: EpisodeTable }> {
  const placed = pushTFrom([...movement.start, ...block], options);
  const environment = { ...placed, schema: () => placed.schema({ policy: "dmp" }) };
  const { controlHz } = environment, { scaleForcing } = options;
  const table = await rolloutCandidates({
    environment,
    policy: followMovement(movement, { controlHz, scaleForcing }),
    seed: 0,
    stream: "trial",
    first: 0,
    count: 1,
  });
  return { environment, table };
}
