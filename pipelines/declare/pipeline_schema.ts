import { z } from "zod";
import { listKinds } from "../kinds/mod.ts";
import { name, seed } from "../kinds/shared_fields.ts";

/** The schema of a whole pipeline as a file holds it. Names of stages are checked by `checks.ts`. */
export function pipelineSchema() {
  const [first, ...rest] = listKinds().map(({ schema }) => schema);
  return z.strictObject({
    $schema: z.string().max(1024).describe("JSON Schema for editors; Sluice ignores it").optional(),
    name: name.describe("Name of the pipeline; its runs are in runs/<name>"),
    seed: seed.default(0).describe("Seed of all random numbers"),
    stages: z.record(
      name,
      z.discriminatedUnion("kind", [first!, ...rest]), // there are always those of the project
    ).describe("Stages by name"),
  }).describe("A Sluice pipeline");
}
