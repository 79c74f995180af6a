import type { Column, EpisodeSource } from "../../core/episode.ts";
import type { RandomGenerator } from "../../core/random.ts";
import { STATE_FIELDS } from "../../core/quadruped_state.ts";
import { encodeHeading } from "../../learn/models/path_encoding.ts";
import { createColumnSource } from "./column_source.ts";

/** Walks of a robot that turns and tilts, whose action depends on what it sees from its heading. */
export function createWalkSource(
  episodes: number,
  length: number,
  random: RandomGenerator,
): EpisodeSource {
  const rows = episodes * length;
  const widths = [...STATE_FIELDS, ["observation/path", 15], ["action", 12]] as const;
  const columns: Record<string, Column & { data: Float32Array }> = {};
  for (const [name, width] of widths) {
    const shape = name === "observation/path" ? [5, 3] : [width];
    columns[name] = { dtype: "float32", shape, data: new Float32Array(rows * width) };
  }
  const row = new Float64Array(51), seen = new Float64Array(51);
  for (let at = 0; at < rows; at++) {
    for (let i = 0; i < 51; i++) row[i] = random.normal();
    row.set(rotationOf(random.uniform(-3, 3), 0.2 * random.normal(), 0.2 * random.normal()), 3);
    encodeHeading(row, seen);
    let offset = 0;
    for (const [name, width] of widths.slice(0, -1)) {
      columns[name]!.data.set(row.subarray(offset, offset + width), at * width);
      offset += width;
    }
    const action = columns["action"]!.data;
    for (let j = 0; j < 12; j++) action[at * 12 + j] = 3 * seen[6 + j % 2]! - seen[36 + j % 2]!;
  }
  return createColumnSource({
    environment: "walks",
    controlHz: 250,
    lengths: new Int32Array(episodes).fill(length),
    columns,
    splitOf: (episode) => episode % 5 === 4 ? "validation" : "train",
  });
}

type Quaternion = readonly [w: number, x: number, y: number, z: number];

/** A turn about the vertical after a tilt about a horizontal axis, by Hamilton's product. */
export function rotationOf(heading: number, tiltX: number, tiltY: number): number[] {
  const tilt = Math.hypot(tiltX, tiltY) || 1e-12, sine = Math.sin(tilt / 2) / tilt;
  const [a, b, c]: number[] = [Math.cos(tilt / 2), tiltX * sine, tiltY * sine];
  const h = Math.cos(heading / 2), z = Math.sin(heading / 2);
  return vectorOf([h * a!, h * b! - z * c!, h * c! + z * b!, z * a!]);
}

function vectorOf([w, x, y, z]: Quaternion): number[] {
  const sign = w < 0 ? -1 : 1, sine = Math.hypot(x, y, z);
  const scale = sign * 2 * Math.atan2(sine, Math.abs(w)) / Math.max(sine, 1e-12);
  return [x * scale, y * scale, z * scale];
}
