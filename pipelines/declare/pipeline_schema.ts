import { z } from "zod";
import { listKinds } from "../kinds/mod.ts";
import { name, seed, stageName } from "../kinds/shared_fields.ts";
import { alongSchema, matrixSchema, variantsSchema } from "../variants/matrix_schema.ts";
import { roundsSchema } from "../variants/rounds_schema.ts";

/** Fields of a pipeline other than its stages. */
const fields = {
  $schema: z.string().max(1024).describe("JSON Schema for editors; Sluice ignores it").optional(),
  name: name.describe("Name of the pipeline; its runs are in runs/<name>"),
  seed: seed.default(0).describe("Seed of all random numbers"),
};

/** The schema of a whole pipeline in which every variant is a stage. */
export function pipelineSchema() {
  const [first, ...rest] = listKinds().map(({ schema }) => schema);
  return z.strictObject({
    ...fields,
    stages: z.record(
      stageName,
      z.discriminatedUnion("kind", [first!, ...rest]), // there are always those of the project
    ).describe("Stages by name"),
  }).describe("A Sluice pipeline");
}

/** The schema of a pipeline as a file holds it, for editors: stages may have a matrix. */
export function declarationSchema() {
  const [first, ...rest] = listKinds().map(({ schema, takesVariants }) =>
    schema.safeExtend({
      matrix: matrixSchema.optional(),
      ...(takesVariants ? { along: alongSchema.optional() } : {}),
    })
  );
  return z.strictObject({
    ...fields,
    stages: z.record(
      name,
      z.discriminatedUnion("kind", [first!, ...rest]), // there are always those of the project
    ).describe("Stages by name"),
    variants: variantsSchema.optional(),
    rounds: roundsSchema.optional(),
  }).describe("A Sluice pipeline");
}
