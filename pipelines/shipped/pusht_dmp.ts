import type { EnvironmentOptions } from "../compile/context.ts";
import { definePipeline, type PipelineDeclaration } from "../declare/graph.ts";
import { MERGED_MOVEMENTS, movementStages } from "./pusht_movements.ts";

/** Random movements in Push-T, in three splits of their own seeds, as one dataset. */
export const pushtDmp = declare("pusht-dmp", { engine: "rapier2d" });

/** The same movements as gym-pusht would have recorded them. */
export const pushtDmpGym = declare("pusht-dmp-gym", { engine: "chipmunk" });

function declare(name: string, options: EnvironmentOptions): PipelineDeclaration {
  return definePipeline({
    name,
    stages: { ...movementStages({ options }), merge: { ...MERGED_MOVEMENTS, videos: 10 } },
  });
}
