import { InvalidInputError } from "../../core/errors.ts";
import { suggestName } from "../../core/suggest.ts";
import { getExporter } from "../../store/foreign.ts";
import {
  compileCondition,
  DERIVED_FIELDS,
  type EpisodeRecord,
  type EpisodeRecords,
  type FieldValue,
  isNameField,
  readRecords,
  recordedFields,
  recordField,
  recordFields,
} from "../../store/mod.ts";
import { formatCount, formatNumber, formatPercent } from "../../view/format.ts";
import { dataRootWith, datasetUnless, displayPath, workingDirectory } from "../kit/places.ts";
import { CONDITION_FLAG, conditionOf, EPISODES_ARGUMENT } from "../kit/episode_flags.ts";
import { defineCommand, type FlagValues } from "../kit/flags.ts";
import { noteLine, printLine } from "../kit/output.ts";
import { checkOutputFile } from "../../runtime/data/output_file.ts";
import { writeOutputFile } from "../kit/write_output_file.ts";
import { openRecorded, openRejects } from "../../runtime/data/recorded_episodes.ts";
import { type ExitStatus, runCommand } from "../kit/run_command.ts";
import { renderTable } from "../render/table.ts";

/** Columns to list by default. */
const LISTED = ["episode", "candidate", "split", "success", "return", "length", "duration"];

export const EPISODES = defineCommand({
  name: "episodes",
  summary: "Lists or exports the episodes of a dataset that match a condition.",
  description:
    "Reads per-episode data only, never the steps. Conditions use JavaScript syntax over " +
    "the fields listed by --fields: 'success && duration > 2 && split == \"train\"'.",
  arguments: {
    dataset: EPISODES_ARGUMENT,
  },
  flags: {
    where: {
      type: "text",
      placeholder: "CONDITION",
      description: "Episodes to select (default all)",
    },
    columns: {
      type: "text",
      placeholder: "NAMES",
      description: `Comma-separated fields to list (default those of ${
        LISTED.join(",")
      } that exist)`,
    },
    limit: {
      type: "integer",
      description: "Number of episodes to list; 0 lists all",
      default: 20,
      min: 0,
    },
    ...CONDITION_FLAG,
    rejects: {
      type: "boolean",
      description: "List the rejected candidates of a run instead, with reasons and metrics",
    },
    fields: { type: "boolean", description: "List the available fields and their meaning instead" },
    output: {
      type: "text",
      placeholder: "PATH",
      description: "Export the episodes to this path, in the format of its extension or of --to",
    },
    to: {
      type: "text",
      placeholder: "FORMAT",
      description: "Format of --output",
      aliases: ["format"],
    },
    json: {
      type: "boolean",
      description: "Print one JSON object per line, with all fields and no limit",
    },
  },
  examples: [
    [
      "deno task episodes reach-expert --where 'success && duration > 0.8'",
      "successes that took long",
    ],
    ["deno task episodes reach-expert/7/evaluate --where '!success'", "where the policy failed"],
    ["deno task episodes reach-expert/7 --rejects", "what the checks rejected, and why"],
    [
      "deno task episodes reach-expert --where 'split == \"test\"' --output test.h5",
      "one split, for h5py",
    ],
  ],
});

function renderFields(dataset: EpisodeRecords): string {
  const stored = recordedFields(dataset).map((spec) => [
    recordField(spec),
    isNameField(spec.name)
      ? "text"
      : spec.shape.length === 0
      ? spec.dtype
      : `${spec.dtype}[${spec.shape.join(", ")}]`,
    spec.unit ?? "",
    spec.description,
  ]);
  const known = stored.map(([name]) => name);
  const derived = Object.entries(DERIVED_FIELDS).filter(([name]) => !known.includes(name))
    .map(([name, { unit, meaning }]) => [name, "number", unit, meaning]);
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
    throw new InvalidInputError({
      action: "list column",
      place: unknown,
      expected: "fields of the dataset",
      remedy: suggestName(unknown, fields),
    });
  }
  return renderTable(
    columns.map((title) => ({ title, align: isNameField(title) ? "left" : "right" })),
    records.map((record) => columns.map((name) => formatField(record[name]!))),
  );
}

/** Lists the refused candidates of a run. */
async function listRejects(
  text: string,
  { where, limit, json, output }: FlagValues<typeof EPISODES.flags>,
): Promise<ExitStatus> {
  if (output !== undefined) {
    throw new InvalidInputError({
      action: "write rejects to",
      place: output,
      expected: "--rejects or --output",
      found: "both",
      remedy: 'list them with --json, or view one with "deno task replay --reject"',
    });
  }
  const { rejects, name } = await openRejects(await dataRootWith(text), text);
  const figures = [...new Set(rejects.flatMap((reject) => Object.keys(reject.figures)))].sort();
  const fields = ["source", "candidate", "stage", "reason", ...figures];
  const matches = where === undefined ? null : compileCondition(where, fields);
  const absent = Object.fromEntries(figures.map((figure) => [figure, NaN]));
  const found = rejects.filter(({ figures, ...reject }) =>
    matches?.({ ...absent, ...figures, ...reject }) ?? true
  );
  if (json) {
    for (const reject of found) printLine(JSON.stringify(reject));
  } else if (found.length > 0) {
    const shown = limit === 0 ? found : found.slice(0, limit);
    printLine(renderTable(
      [
        { title: "source" },
        { title: "candidate", align: "right" },
        { title: "rejected by" },
        { title: "reason" },
        { title: "metrics" },
      ],
      shown.map(({ source, candidate, stage, reason, figures }) => [
        source,
        String(candidate),
        stage,
        reason,
        Object.entries(figures).map(([name, value]) => `${name} ${formatNumber(value)}`).join(", "),
      ]),
    ));
    if (shown.length < found.length) {
      noteLine(`… ${formatCount(found.length - shown.length)} more: --limit 0 lists all`);
    }
  }
  noteLine(`${formatCount(found.length)} of ${formatCount(rejects.length)} rejects of ${name}`);
  return 0;
}

/** Writes some episodes of a merged dataset. */
async function writeEpisodes(
  { directory, name }: Awaited<ReturnType<typeof openRecorded>>,
  episodes: readonly number[],
  output: ReturnType<typeof checkOutputFile>,
): Promise<void> {
  const path = displayPath(output.path);
  if (episodes.length === 0) {
    throw new InvalidInputError({
      action: "write",
      place: path,
      expected: "episodes that match the condition",
      found: "none",
      remedy: "relax it, or list the fields with --fields",
    });
  }
  if (directory === null) {
    throw new InvalidInputError({
      action: "write",
      place: path,
      expected: "a merged dataset",
      found: name,
      remedy: "export the dataset, or list the episodes with --json",
    });
  }
  await writeOutputFile(directory, output, { episodes });
  noteLine(`Wrote ${path}`);
}

/** Prints a table of records. @param fields All that they have; `found` counts those not shown too */
function listRecords(
  shown: readonly EpisodeRecord[],
  { fields, found, chosen }: {
    readonly fields: readonly string[];
    readonly found: number;
    readonly chosen: string | undefined;
  },
): void {
  const columns = chosen?.split(",").map((column) => column.trim()) ??
    LISTED.filter((name) => fields.includes(name));
  printLine(renderRecords(shown, { columns, fields }));
  if (shown.length < found) {
    noteLine(`… ${formatCount(found - shown.length)} more: --limit 0 lists all`);
  }
}

/** Finds the episodes that meet a condition: memory holds their numbers, and what is listed of them. */
async function findEpisodes(
  dataset: EpisodeRecords,
  { where, limit, json }: Pick<FlagValues<typeof EPISODES.flags>, "where" | "limit" | "json">,
  isListed: boolean,
) {
  const fields = recordFields(dataset), episodes: number[] = [], shown: EpisodeRecord[] = [];
  const matches = where === undefined ? null : compileCondition(where, fields);
  for await (const records of readRecords(dataset)) {
    for (const record of records) {
      if (matches?.(record) === false) continue;
      episodes.push(Number(record["episode"]));
      if (!isListed) continue;
      if (json) printLine(JSON.stringify(record));
      else if (limit === 0 || shown.length < limit) shown.push(record);
    }
  }
  return { fields, episodes, shown };
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
      throw new InvalidInputError({
        action: 'run "episodes" with',
        place: "--to",
        expected: '"--output"',
        found: "none",
        remedy: "add --output PATH",
      });
    }
    const output = flags.output === undefined
      ? null
      : checkOutputFile(flags.output, workingDirectory(), exporter);
    if (flags.rejects) return await listRejects(name, flags);
    const condition = conditionOf(flags.condition);
    const dataset = await openRecorded(await dataRootWith(name, datasetUnless(condition)), name, {
      from: workingDirectory(),
      condition,
    });
    if (flags.fields) {
      printLine(renderFields(dataset));
      return 0;
    }
    const { fields, episodes, shown } = await findEpisodes(dataset, flags, output === null);
    const found = episodes.length;
    if (output !== null) await writeEpisodes(dataset, episodes, output);
    else if (!flags.json && found > 0) listRecords(shown, { fields, found, chosen: flags.columns });
    const share = dataset.episodes === 0 ? 0 : found / dataset.episodes;
    noteLine(
      `${formatCount(found)} of ${formatCount(dataset.episodes)} episodes ` +
        `(${formatPercent(share)})`,
    );
    return 0;
  });
}
