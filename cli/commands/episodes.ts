import { resolveArtifact } from "../../runtime/data/artifacts.ts";
import { type FieldSpec, rowSize, SPLITS } from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { suggestName } from "../../core/suggest.ts";
import { type Dataset, getExporter, openDataset } from "../../store/mod.ts";
import { formatCount, formatNumber, formatPercent } from "../../view/format.ts";
import { dataRoot, displayPath } from "../../runtime/data/data_root.ts";
import {
  compileCondition,
  type EpisodeRecord,
  type FieldValue,
} from "../../runtime/data/episode_condition.ts";
import { defineCommand } from "../kit/flags.ts";
import { noteLine, printLine } from "../kit/output.ts";
import { checkOutputFile } from "../../runtime/data/output_file.ts";
import { writeOutputFile } from "../kit/write_output_file.ts";
import { runCommand } from "../kit/run_command.ts";
import { renderTable } from "../render/table.ts";

export const EPISODES = defineCommand({
  name: "episodes",
  summary: "Lists or exports the episodes of a dataset that meet a condition.",
  description:
    "Reads what is stored once an episode, never the steps. Conditions are written as in " +
    "JavaScript, over the fields that --fields lists: 'success && duration > 2 && split == \"train\"'.",
  arguments: {
    dataset: { description: "A run (reach-expert, reach-expert/7), a stage of it, or a path" },
  },
  flags: {
    where: {
      type: "text",
      placeholder: "CONDITION",
      description: "Which episodes; all where absent",
    },
    columns: {
      type: "text",
      placeholder: "NAMES",
      description: "Fields to list, separated by commas",
      default: "episode,candidate,split,success,return,length,duration",
    },
    limit: { type: "integer", description: "Lines to list; 0 for all", default: 20, min: 0 },
    fields: { type: "boolean", description: "List the fields instead, with their meaning" },
    output: {
      type: "text",
      placeholder: "PATH",
      description: "Export the episodes there, in the format of its ending or of --to",
    },
    to: {
      type: "text",
      placeholder: "FORMAT",
      description: "Format of --output",
      aliases: ["format"],
    },
    json: { type: "boolean", description: "One JSON object a line, all fields, no limit" },
  },
  examples: [
    ["deno task episodes reach-expert --where 'success && duration > 0.8'", "slow successes"],
    [
      "deno task episodes reach-expert --where 'split == \"test\"' --output test.h5",
      "one split, for h5py",
    ],
  ],
  readsStored: true,
});

/** Components up to which a field is read here: an exact start state is, a picture is not. */
const MAX_COMPONENTS = 256;

/** A field's name as a condition writes it: `final_observation/ee_pos` has a slash. */
function fieldName({ name }: FieldSpec): string {
  return name.replaceAll(/\W/g, "_");
}

/** Fields that every episode has beside its columns. */
const DERIVED = {
  episode: "Number of the episode in this dataset",
  duration: "Length in seconds",
} as const;

/** Stored as indices, read as the names that they stand for. */
function isText(name: string): boolean {
  return name === "split" || name === "source";
}

function fieldsOf({ schema }: Dataset): readonly FieldSpec[] {
  return schema.episode.filter(({ shape }) => rowSize(shape) <= MAX_COMPONENTS);
}

/** What is stored once an episode. */
async function readRecords(dataset: Dataset): Promise<EpisodeRecord[]> {
  const records = Array.from({ length: dataset.episodes }, (_, episode) => {
    const start = episode === 0 ? 0 : dataset.episodeEnds[episode - 1]!;
    const duration = (dataset.episodeEnds[episode]! - start) / dataset.schema.controlHz;
    return { episode, duration } as Record<string, FieldValue>; // the rest is added below
  });
  for (const spec of fieldsOf(dataset)) {
    const { data, dtype, shape } = await dataset.readEpisodes(spec.name);
    const size = rowSize(shape), name = fieldName(spec);
    const valueAt = (index: number): FieldValue => {
      if (dtype === "bool") return data[index] === 1;
      if (name === "split") return SPLITS[Number(data[index])]!;
      if (name === "source") return dataset.sources[Number(data[index])]!;
      return Number(data[index]);
    };
    records.forEach((record, episode) => {
      record[name] = shape.length === 0
        ? valueAt(episode)
        : Array.from(data.subarray(episode * size, (episode + 1) * size), Number);
    });
  }
  return records;
}

function renderFields(dataset: Dataset): string {
  const stored = fieldsOf(dataset).map((spec) => [
    fieldName(spec),
    isText(spec.name)
      ? "text"
      : spec.shape.length === 0
      ? spec.dtype
      : `${spec.dtype}[${spec.shape.join(", ")}]`,
    spec.unit ?? "",
    spec.description,
  ]);
  const derived = [
    ["episode", "number", "", DERIVED.episode],
    ["duration", "number", "s", DERIVED.duration],
  ];
  return renderTable(
    [{ title: "field" }, { title: "type" }, { title: "unit" }, { title: "meaning" }],
    [...derived, ...stored],
  );
}

function renderRecords(
  records: readonly EpisodeRecord[],
  { columns, fields }: { readonly columns: readonly string[]; readonly fields: readonly string[] },
): string {
  const unknown = columns.find((name) => !fields.includes(name));
  if (unknown !== undefined) {
    throw new InvalidInputError(
      `Cannot list column "${unknown}": expected fields of the dataset: ` +
        suggestName(unknown, fields),
    );
  }
  return renderTable(
    columns.map((title) => ({ title, align: isText(title) ? "left" : "right" })),
    records.map((record) => columns.map((name) => formatField(record[name]!))),
  );
}

function formatField(value: FieldValue): string {
  if (typeof value === "number") return formatNumber(value);
  if (typeof value === "boolean") return value ? "yes" : "no";
  return typeof value === "string" ? value : `[${value.map(formatNumber).join(" ")}]`;
}

if (import.meta.main) {
  await runCommand(EPISODES, async ({ arguments: { dataset: name }, flags }) => {
    const exporter = flags.to === undefined ? undefined : getExporter(flags.to);
    if (exporter !== undefined && flags.output === undefined) {
      throw new InvalidInputError(
        'Cannot run "episodes" with "--to": expected "--output", found none: say where to write',
      );
    }
    const output = flags.output === undefined ? null : checkOutputFile(flags.output, exporter);
    const { directory } = await resolveArtifact(dataRoot(), name, "dataset");
    const dataset = await openDataset(directory);
    if (flags.fields) {
      printLine(renderFields(dataset));
      return 0;
    }
    const fields = [...Object.keys(DERIVED), ...fieldsOf(dataset).map(fieldName)];
    const matches = flags.where === undefined ? null : compileCondition(flags.where, fields);
    const records = (await readRecords(dataset)).filter((record) => matches?.(record) ?? true);
    if (output !== null) {
      if (records.length === 0) {
        throw new InvalidInputError(
          `Cannot write "${
            displayPath(output.path)
          }": expected episodes that meet the condition, ` +
            "found none: loosen it, or list the fields by --fields",
        );
      }
      const episodes = records.map(({ episode }) => Number(episode));
      await writeOutputFile(directory, output, { episodes });
      noteLine(`Wrote ${displayPath(output.path)}`);
    } else if (flags.json) {
      for (const record of records) printLine(JSON.stringify(record));
    } else if (records.length > 0) {
      const columns = flags.columns.split(",").map((column) => column.trim());
      const shown = flags.limit === 0 ? records : records.slice(0, flags.limit);
      printLine(renderRecords(shown, { columns, fields }));
      if (shown.length < records.length) {
        noteLine(`… ${formatCount(records.length - shown.length)} more: --limit 0 lists all`);
      }
    }
    const share = dataset.episodes === 0 ? 0 : records.length / dataset.episodes;
    noteLine(
      `${formatCount(records.length)} of ${formatCount(dataset.episodes)} episodes ` +
        `(${formatPercent(share)})`,
    );
    return 0;
  });
}
