import type { EnvironmentDefinition } from "../../../sim/mod.ts";

/** The numbers of one field of an observation, by its name. */
export function fieldOf(
  environment: EnvironmentDefinition,
  observation: Float32Array,
  name: string,
): number[] {
  let at = 0;
  for (const field of environment.observation) {
    const size = field.shape.reduce((product, side) => product * side, 1);
    if (field.name === name) return Array.from(observation.subarray(at, at + size));
    at += size;
  }
  throw new RangeError(`no field ${name}`);
}
