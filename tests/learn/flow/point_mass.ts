import { tableSource } from "../../../runtime/data/table_source.ts";
import type { EpisodeSchema, EpisodeSource, FieldSpec } from "../../../core/episode.ts";
import { createRandom } from "../../../core/random.ts";

/** Deviation of the noise on every step of {@linkcode createPointMasses}. */
export const STEP_NOISE = 0.5;
/** Control steps per second. */
const CONTROL_HZ = 10;

/**
 * A point that moves at its episode's velocity and is pushed by white noise: the density of a
 * position k steps on is normal about x + k·v with variance k · 0.25, exactly. An angle turns
 * steadily and wraps around. One episode in ten is validation, one test.
 */
export function createPointMasses(episodes: number, seed = 1): EpisodeSource {
  const random = createRandom(seed, "point masses", 0);
  const lengths = Int32Array.from({ length: episodes }, () => 12 + random.integer(20));
  const steps = lengths.reduce((sum, length) => sum + length, 0);
  const position = new Float32Array(steps * 2), angle = new Float32Array(steps);
  const finalPosition = new Float32Array(episodes * 2), finalAngle = new Float32Array(episodes);
  const velocity = new Float64Array(episodes * 2);
  let row = 0;
  lengths.forEach((length, episode) => {
    const x = [random.uniform(0, 500), random.uniform(0, 500)];
    const v = [random.uniform(-4, 4), random.uniform(-4, 4)];
    velocity.set(v, episode * 2);
    let theta = random.uniform(0, 2 * Math.PI);
    for (let step = 0; step <= length; step++) {
      const [positions, angles, at] = step < length
        ? [position, angle, row++]
        : [finalPosition, finalAngle, episode];
      positions.set(x, at * 2);
      angles[at] = theta;
      for (const j of [0, 1]) x[j]! += v[j]! + STEP_NOISE * random.normal();
      theta = (theta + 0.05 + 0.01 * random.normal() + 2 * Math.PI) % (2 * Math.PI);
    }
  });
  const split = Uint8Array.from(lengths, (_, i) => Math.max(0, i % 10 - 7));
  const field = (name: string, shape: readonly number[], more: Partial<FieldSpec>): FieldSpec => ({
    name,
    dtype: "float32",
    shape,
    description: name,
    ...more,
  });
  const turn = { unit: "rad", low: [0], high: [2 * Math.PI] };
  const spread = (mean: number[], std: number[]) => ({ mean, std, min: mean, max: mean });
  const schema: EpisodeSchema = {
    environment: "point-mass",
    controlHz: CONTROL_HZ,
    step: [
      field("observation/block_pos", [2], { unit: "px" }),
      field("observation/angle", [1], turn),
    ],
    episode: [field("dmp/velocity", [2], { dtype: "float64" })],
  };
  const source = tableSource(schema, {
    lengths,
    step: {
      "observation/block_pos": { dtype: "float32", shape: [2], data: position },
      "observation/angle": { dtype: "float32", shape: [1], data: angle },
    },
    episode: {
      split: { dtype: "uint8", shape: [], data: split },
      "final_observation/block_pos": { dtype: "float32", shape: [2], data: finalPosition },
      "final_observation/angle": { dtype: "float32", shape: [1], data: finalAngle },
      "dmp/velocity": { dtype: "float64", shape: [2], data: velocity },
    },
  });
  return {
    ...source,
    statistics: {
      "observation/block_pos": spread([250, 250], [150, 150]),
      "observation/angle": spread([3], [1.8]),
    },
  };
}
