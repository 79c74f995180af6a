import { z } from "zod";
import { declarationSchema } from "../pipelines/declare/pipeline_schema.ts";

/** Location at which editors find the schema; `tests/tools` keeps it current. */
export const SCHEMA_FILE = new URL("../pipelines/pipeline.schema.json", import.meta.url);

/** JSON Schema of a pipeline file, from the same definition as types and defaults. */
export function pipelineSchemaText(): string {
  return `${JSON.stringify(z.toJSONSchema(declarationSchema(), { io: "input" }), null, 2)}\n`;
}

if (import.meta.main) await Deno.writeTextFile(SCHEMA_FILE, pipelineSchemaText());
