import type { JsonValue } from "../../core/canonical.ts";
import type { EpisodeSchema, FieldSpec, FieldStatistics } from "../../core/episode.ts";
import { DamagedStoreError } from "../../core/errors.ts";
import { SCHEMA_VERSION } from "../files/commit.ts";
import type { CommittedFiles } from "../zarr/reader.ts";

/**
 * Layout of episodes, in shards and datasets alike: diffusion policy's replay buffer, `data/<step
 * field>` over all episodes and `meta/<episode field>`, with `meta/episode_ends` between them.
 */

/** One past the last row of each episode. */
export const EPISODE_ENDS: FieldSpec = {
  name: "episode_ends",
  dtype: "int64",
  shape: [],
  description: "One past the last row of each episode",
};

/** Rows of a chunk of images: some megabytes, in which zstd still finds static parts. */
export const IMAGE_ROWS = 64;

/** Pixels of the smallest image of a camera, 8 × 8. */
const IMAGE_PIXELS = 64;

/** Whether the rows of a field are images: colour, depth or segmentation. */
export function isImage({ shape }: Pick<FieldSpec, "shape">): boolean {
  return shape.length >= 2 && shape[0]! * shape[1]! >= IMAGE_PIXELS;
}

/** Path of a step field. */
export function stepPath(field: string): string {
  return `data/${field}`;
}

/** Path of an episode field. */
export function episodePath(field: string): string {
  return `meta/${field}`;
}

/**
 * Returns the number of the chunk in a file, and its array; null if it is none: `data/action/c.3.0`
 * is the fourth.
 */
export function chunkOf(path: string): { readonly array: string; readonly index: number } | null {
  const [, array, index] = /^(.+)\/c\.(\d+)(?:\.\d+)*$/.exec(path) ?? [];
  return array === undefined ? null : { array, index: Number(index) };
}

/** `data/action/c.3.0` as what it is: `array "data/action", chunk 3`. */
export function describeFile(path: string): string {
  const chunk = chunkOf(path);
  return chunk ? `array "${chunk.array}", chunk ${chunk.index}` : `file "${path}"`;
}

/** Attributes of an array: the meaning of its columns. */
export function fieldAttributes(spec: FieldSpec): Record<string, JsonValue> {
  const { description, unit, components, low, high } = spec;
  return {
    description,
    ...(unit !== undefined && { unit }),
    ...(components && { components }),
    ...(low && { low }),
    ...(high && { high }),
  };
}

/** Attributes of the root group. `schema` is the whole; the rest is for people. */
export function schemaAttributes(schema: EpisodeSchema): Record<string, JsonValue> {
  const observations = schema.step.filter(({ name }) => name.startsWith("observation/"));
  const action = schema.step.find(({ name }) => name === "action");
  return {
    schema_version: SCHEMA_VERSION,
    environment: schema.environment,
    ...(schema.options && { environment_options: schema.options }),
    control_frequency_hz: schema.controlHz,
    observations: Object.fromEntries(
      observations.map((spec) => [spec.name.slice("observation/".length), spaceOf(spec)]),
    ),
    ...(action && { action: spaceOf(action) }),
    schema: schemaJson(schema),
  };
}

function spaceOf(spec: FieldSpec): Record<string, JsonValue> {
  return { dtype: spec.dtype, shape: spec.shape, ...fieldAttributes(spec) };
}

/** A schema as JSON, with nothing in it that the type does not name. */
function schemaJson(schema: EpisodeSchema): JsonValue {
  const fields = (specs: readonly FieldSpec[]) =>
    specs.map((spec) => ({ name: spec.name, ...spaceOf(spec) }));
  return {
    environment: schema.environment,
    ...(schema.options && { options: schema.options }),
    controlHz: schema.controlHz,
    step: fields(schema.step),
    episode: fields(schema.episode),
  };
}

/** Attributes of the root group: JSON, with what is known of some of it. */
export type RootAttributes = Readonly<Record<string, JsonValue>> & {
  readonly schema?: EpisodeSchema; // as schemaJson() made it
  /** Statistics of a merged dataset, as written by mergeDatasets(). */
  readonly statistics?: Readonly<Record<string, FieldStatistics>>;
  readonly sources?: readonly string[];
};

/** Attributes of the root group, and the schema among them. */
export function readRootAttributes(
  files: CommittedFiles,
): { readonly attributes: RootAttributes; readonly schema: EpisodeSchema } {
  // Its hash is that of what writeGroup() wrote.
  const { attributes }: { readonly attributes: RootAttributes } = JSON.parse(
    files.readText("zarr.json"),
  );
  const { schema } = attributes;
  if (schema === undefined) {
    throw new DamagedStoreError({
      action: "open",
      place: files.directory,
      expected: "episodes",
      found: 'a group without "schema"',
      remedy: "name another directory",
    });
  }
  return { attributes, schema };
}
