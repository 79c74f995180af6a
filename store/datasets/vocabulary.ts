import type { JsonValue } from "../../core/canonical.ts";
import type {
  Column,
  ColumnData,
  EpisodeSchema,
  EpisodeTable,
  FieldSpec,
} from "../../core/episode.ts";
import type { Dataset } from "./dataset.ts";

/**
 * Attributes of a dataset that give the numbers of a field their meaning: texts, of which the field
 * holds the index. With one text there need be no field; a field says it of each episode, or of each
 * step. Datasets that are put together have the texts of all, and indices into those.
 */

/** Attributes, and the fields with their indices. */
const VOCABULARIES = [
  { attribute: "tasks", field: "task" },
  { attribute: "subtasks", field: "subtask" },
] as const;

/** Whether a step field holds indices of texts, which say nothing without them. */
export function isIndexOfTexts(field: string): boolean {
  return VOCABULARIES.some((vocabulary) => vocabulary.field === field);
}

/** Placeholder text for episodes of a dataset that has no texts. */
const NO_TEXT = "";

/** Level at which a dataset stores the indices. */
type Level = "step" | "episode" | "none";

/** One attribute over some datasets. */
interface JoinedVocabulary {
  readonly attribute: string;
  readonly field: string;
  readonly texts: readonly string[];
  readonly level: Level;
  /** Index among all texts for each text of a dataset, and the level of its indices, by dataset. */
  readonly inputs: readonly { readonly places: readonly number[]; readonly level: Level }[];
}

/** The texts of some datasets together. */
export class Vocabularies {
  readonly #joined: readonly JoinedVocabulary[];

  /** @param datasets In the order in which their episodes will lie */
  constructor(datasets: readonly Pick<Dataset, "attributes" | "schema">[]) {
    this.#joined = VOCABULARIES.flatMap(({ attribute, field }) => {
      const own = datasets.map(({ attributes }) => textsOf(attributes[attribute]));
      if (own.every((texts) => texts === null)) return [];
      const texts = [...new Set(own.flatMap((texts) => texts ?? [NO_TEXT]))];
      const inputs = datasets.map(({ schema }, i) => ({
        places: (own[i] ?? [NO_TEXT]).map((text) => texts.indexOf(text)),
        level: own[i] === null ? "none" : levelOf(schema, field),
      }));
      const has = (level: Level) => inputs.some((input) => input.level === level);
      const level = has("step") ? "step" : texts.length > 1 || has("episode") ? "episode" : "none";
      return [{ attribute, field, texts, level, inputs }];
    });
  }

  /** Attributes of the datasets together. */
  get attributes(): Readonly<Record<string, JsonValue>> {
    return Object.fromEntries(this.#joined.map(({ attribute, texts }) => [attribute, texts]));
  }

  /** The schema of a dataset with the fields of all. */
  schemaOf(schema: EpisodeSchema): EpisodeSchema {
    const without = (fields: readonly FieldSpec[]) =>
      fields.filter(({ name }) => !this.#joined.some(({ field }) => field === name));
    const added = (level: Level, dtype: "int32" | "int64") =>
      this.#joined.filter((joined) => joined.level === level)
        .map(({ field, attribute }) => fieldOf(field, attribute, dtype));
    return {
      ...schema,
      step: [...without(schema.step), ...added("step", "int64")],
      episode: [...without(schema.episode), ...added("episode", "int32")],
    };
  }

  /** Episodes of a dataset with the indices into all texts. @param input Index of the dataset */
  tableOf(input: number, table: EpisodeTable): EpisodeTable {
    const step = { ...table.step }, episode = { ...table.episode };
    for (const { field, level, inputs } of this.#joined) {
      const { places, level: own } = inputs[input]!;
      const indices = own === "none" ? null : (own === "step" ? step : episode)[field]!.data;
      delete step[field];
      delete episode[field];
      if (level === "none") continue;
      const rows = level === "step" && own !== "step"
        ? spread(indices, table.lengths)
        : Array.from(indices ?? new Uint8Array(table.lengths.length), Number);
      const data = rows.map((index) => places[index] ?? 0);
      if (level === "step") step[field] = columnOf("int64", BigInt64Array.from(data, BigInt));
      else episode[field] = columnOf("int32", Int32Array.from(data));
    }
    return { ...table, step, episode };
  }
}

/** Expands the indices of episodes to their steps; 0 if there are none. */
function spread(indices: ColumnData | null, lengths: Int32Array): readonly number[] {
  return Array.from(lengths).flatMap((length, episode) =>
    Array<number>(length).fill(Number(indices?.[episode] ?? 0))
  );
}

function textsOf(value: JsonValue | undefined): readonly string[] | null {
  return Array.isArray(value) && value.length > 0 ? value.map(String) : null;
}

function levelOf({ step, episode }: EpisodeSchema, field: string): Level {
  if (step.some(({ name }) => name === field)) return "step";
  return episode.some(({ name }) => name === field) ? "episode" : "none";
}

function fieldOf(name: string, attribute: string, dtype: "int32" | "int64"): FieldSpec {
  return { name, dtype, shape: [], description: `Index into the attribute ${attribute}` };
}

function columnOf(dtype: "int32" | "int64", data: ColumnData): Column {
  return { dtype, shape: [], data };
}
