import { type EnvironmentDefinition, type EnvironmentOptions, getEnvironment } from "../sim/mod.ts";
import type { Shard } from "../store/mod.ts";

/** The environment that a shard's episodes are of, with the options that it was simulated with. */
export function environmentOf({ schema, commit }: Shard): EnvironmentDefinition {
  // generateShard() and evaluateShard() wrote them, where the environment has any.
  const options = (commit.attributes["options"] ?? {}) as EnvironmentOptions;
  return getEnvironment(schema.environment, options);
}
