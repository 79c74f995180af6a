import type { Column, EpisodeSource, FieldStatistics } from "../../../../core/episode.ts";
import { createRandom } from "../../../../core/random.ts";
import { createColumnSource } from "../../column_source.ts";

/** What the model is told of the body in {@linkcode createPushSource}: a T. */
export const BODY = {
  point: "observation/agent",
  position: "observation/block",
  angle: "observation/angle",
  boxes: [[-60, 60, 0, 30], [-15, 15, 30, 120]],
  radius: 15,
  size: 100,
  centre: [0, 45],
  goal: [256, 256, Math.PI / 4],
};

/** Episodes in which a point wanders beside a body; its targets lie near it. */
export function createPushSource(lengths: readonly number[]): EpisodeSource {
  const random = createRandom(4, "push", 0);
  const steps = lengths.reduce((sum, length) => sum + length, 0);
  const column = (width: number) =>
    ({
      dtype: "float32",
      shape: [width],
      data: new Float32Array(steps * width),
    }) as const satisfies Column;
  const agent = column(2), block = column(2), angle = column(1), action = column(2);
  let row = 0;
  for (const length of lengths) {
    const at = Array.from({ length: 4 }, () => random.uniform(100, 400));
    let turned = random.uniform(0, 2 * Math.PI);
    for (let step = 0; step < length; step++, row++) {
      for (let i = 0; i < 4; i++) at[i]! += random.uniform(-9, 9);
      turned = (turned + random.uniform(-0.1, 0.1) + 2 * Math.PI) % (2 * Math.PI);
      agent.data.set(at.slice(0, 2), 2 * row);
      block.data.set(at.slice(2), 2 * row);
      angle.data[row] = turned;
      action.data.set(
        [at[0]! + random.uniform(-30, 30), at[1]! + random.uniform(-30, 30)],
        2 * row,
      );
    }
  }
  const source = createColumnSource({
    environment: "push",
    controlHz: 10,
    lengths,
    columns: {
      [BODY.point]: agent,
      [BODY.position]: block,
      [BODY.angle]: angle,
      action,
    },
    splitOf: (episode) => episode % 4 === 3 ? "validation" : "train",
  });
  const constant: FieldStatistics = {
    mean: [256, 256],
    std: [90, 80],
    min: [0, 0],
    max: [512, 512],
  };
  return { ...source, statistics: { action: constant } };
}
