import { existsSync, statSync } from "node:fs";
import { basename, dirname, extname, join, relative } from "node:path";
import type { FieldSpec } from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";
import {
  checkImport,
  type CheckOptions,
  type ImportCheck,
  importDataset,
  type ImportResult,
  listImporters,
} from "../../store/foreign.ts";
import { createDirectory, openDataset } from "../../store/mod.ts";
import { formatCount, formatCounted } from "../../view/format.ts";
import { shellWord } from "../kit/command_line.ts";
import { makeDataRoot } from "../../runtime/data/data_root.ts";
import { dataRoot, displayPath, userPath, workingDirectory } from "../kit/places.ts";
import { findFfmpeg } from "../../runtime/data/ffmpeg.ts";
import { defineCommand } from "../kit/flags.ts";
import { inForeground } from "../kit/foreground_work.ts";
import { noteLine, printLine } from "../kit/output.ts";
import { checkNewDirectory, makeParent } from "../../runtime/data/output_place.ts";
import { runCommand } from "../kit/run_command.ts";
import { JSON_FLAG } from "../kit/run_flags.ts";
import { renderTable } from "../render/table.ts";

export const IMPORT = defineCommand({
  name: "import",
  summary: "Imports another tool's dataset into the data directory.",
  description: "Imports columns, episodes, tasks, control rate and images. Images in videos need " +
    "FFmpeg on the PATH; without it they are skipped with a warning. --check writes " +
    "nothing: it lists what would be imported, what is skipped and why, and every fault, " +
    "and exits with 1 if a fault would stop the import.",
  arguments: {
    source: { description: "File or directory of the dataset" },
  },
  flags: {
    from: {
      type: "text",
      placeholder: "FORMAT",
      description: "Format of the dataset (default detected)",
      choices: listImporters().map(({ name }) => name),
    },
    check: {
      type: "boolean",
      description: "Only report what would be imported, what is skipped, and the faults",
    },
    rename: {
      type: "list",
      placeholder: "A=B,...",
      description: "Import column A as step field B, e.g. joints=observation/joint_pos",
    },
    skip: {
      type: "list",
      placeholder: "A,...",
      description: "Skip these columns",
    },
    into: {
      type: "text",
      placeholder: "DIR",
      description:
        "Directory to write, which must not exist (default datasets/<name> in the data " +
        "directory)",
    },
    skipVideos: {
      type: "boolean",
      description: "Skip images stored in videos, which take much space when decoded",
    },
    seed: {
      type: "integer",
      placeholder: "SEED",
      description: "Seed for the splits, if the dataset has none",
      default: 0,
      min: 0,
    },
    ...JSON_FLAG,
  },
  examples: [
    ["deno task import ~/.cache/huggingface/lerobot/lerobot/pusht", "to data/datasets/pusht"],
    ["deno task import so100 --check", "what would be imported, and what is wrong with it"],
    [
      "deno task import libero --rename joints=observation/joint_pos",
      "import a column under another name",
    ],
  ],
});

/** Name of an imported dataset: a numbered folder's says little, so it has that above it too. */
function nameOf(source: string): string {
  const name = basename(source, statSync(source).isFile() ? extname(source) : "");
  return /^\d+$/.test(name) ? `${basename(dirname(source))}-${name}` : name;
}

/** @throws {InvalidInputError} If there is no such file or directory */
function checkSource(name: string): string {
  const source = userPath(name);
  if (existsSync(source)) return source;
  throw new InvalidInputError({
    action: "import",
    place: name,
    expected: "a file or directory",
    found: "nothing",
    remedy: "check the path",
  });
}

/** The pairs of `a=b,c=d`. @throws {InvalidInputError} If a part is no pair, or a name is given twice */
function parseRenames(texts: readonly string[]): ReadonlyMap<string, string> {
  const renames = new Map<string, string>();
  for (const pair of texts.flatMap((text) => text.split(","))) {
    const [, from, to] = /^([^=]+)=([^=]+)$/.exec(pair.trim()) ?? [];
    if (from === undefined || renames.has(from)) {
      throw new InvalidInputError({
        action: "use --rename",
        place: pair,
        expected: "pairs column=field, each column once",
        remedy: "write --rename joints=observation/joint_pos,grip=action",
      });
    }
    renames.set(from, to!);
  }
  return renames;
}

/** Describes what an import would bring, for people. */
function renderCheck(check: ImportCheck): string {
  const { format, columns, leftOut, faults, episodes, steps } = check;
  const parts: string[] = [];
  if (format !== null) {
    parts.push(
      `A dataset of ${format}: ${formatCounted(episodes, "episode")}, ${
        formatCounted(steps, "step")
      }`,
    );
  }
  if (columns.length > 0) {
    parts.push(renderTable(
      [{ title: "COLUMN" }, { title: "IMPORTED AS" }, { title: "TYPE" }, { title: "SHAPE" }],
      columns.map(({ column, field, dtype, shape }) => [column, field, dtype, `[${shape}]`]),
    ));
  }
  if (leftOut.length > 0) parts.push(`Skipped: ${leftOut.join(", ")}`);
  parts.push(
    faults.length === 0
      ? "No faults"
      : faults.map(({ severity, place, message }) => `${severity}: ${place}: ${message}`).join(
        "\n",
      ),
  );
  return parts.join("\n\n");
}

/** Lists the next possible commands for a dataset: only those that work. */
async function nextSteps(target: string): Promise<readonly string[]> {
  const path = shellWord(displayPath(target)), { schema } = await openDataset(target);
  const isVector = ({ dtype, shape }: FieldSpec) => dtype.startsWith("float") && shape.length <= 1;
  const has = (test: (name: string) => boolean) =>
    schema.step.some((field) => isVector(field) && test(field.name));
  const learns = has((name) => name === "action") && has((name) => name.startsWith("observation/"));
  // A stage reads what lies in the data directory, so that every machine finds it.
  const isInRoot = !relative(await dataRoot(), target).startsWith("..");
  return [
    ...(learns && isInRoot ? [`deno task train ${path} --model bc`] : []),
    `deno task episodes ${path}`,
  ];
}

if (import.meta.main) {
  await runCommand(IMPORT, async ({ arguments: { source: named }, flags }) => {
    const { from, check, skip, skipVideos, json } = flags;
    const source = checkSource(named);
    const options: CheckOptions = {
      from,
      rename: parseRenames(flags.rename),
      skip: new Set(skip.flatMap((text) => text.split(",")).map((text) => text.trim())),
      openFrames: skipVideos ? null : await findFfmpeg(),
    };
    return check
      ? await checkOnly(source, { named, options, json })
      : await importInto(source, { named, options, ...flags });
  });
}

interface Reading {
  /** The source as the person named it. */
  readonly named: string;
  readonly options: CheckOptions;
  readonly json: boolean;
}

/** Reports what would come of an import. */
async function checkOnly(source: string, { named, options, json }: Reading): Promise<0 | 1> {
  const check = await inForeground(
    "nothing was written",
    ({ signal, show }) =>
      checkImport(source, {
        ...options,
        signal,
        onProgress: (progress) => show(line(named, progress)),
      }),
  );
  printLine(json ? JSON.stringify(check) : renderCheck(check));
  return check.faults.some(({ severity }) => severity === "error") ? 1 : 0;
}

function line(
  named: string,
  { episodes, total }: { readonly episodes: number; readonly total: number },
) {
  return `Reading ${named}: ${formatCount(episodes)} of ${formatCount(total)} episodes`;
}

async function importInto(
  source: string,
  { named, options, json, into, seed, skipVideos }: Reading & {
    readonly into: string | undefined;
    readonly seed: number;
    readonly skipVideos: boolean;
  },
): Promise<0> {
  const root = await dataRoot();
  const target = checkNewDirectory(
    into ?? join(root, "datasets", nameOf(source)),
    workingDirectory(),
  );
  await makeDataRoot(root);
  makeParent(target);
  let result: ImportResult | undefined;
  await inForeground(
    "no dataset was written",
    ({ signal, show }) =>
      createDirectory(target, async (temporary) => {
        result = await importDataset(source, temporary, {
          ...options,
          seed,
          signal,
          onProgress: (progress) => show(line(named, progress)),
        });
      }),
  );
  const { commit: { digest, counts }, columns, leftOut, faults } = result!; // createDirectory() called the writer
  const path = displayPath(target);
  if (json) {
    printLine(JSON.stringify({ path, digest, counts, columns, leftOut, faults }));
    return 0;
  }
  printLine(
    `${path}  ${formatCounted(counts["total_episodes"]!, "episode")}, ` +
      formatCounted(counts["total_steps"]!, "step"),
  );
  for (const { severity, place, message } of faults) {
    noteLine(`${severity}: ${place}: ${message}`);
  }
  if (leftOut.length > 0) noteLine(`Skipped: ${leftOut.join(", ")}`);
  const lacksFfmpeg = !skipVideos && !options.openFrames;
  if (lacksFfmpeg && leftOut.some((name) => name.endsWith("(video)"))) {
    noteLine("Decoding videos needs FFmpeg: install it, remove the dataset and import it again");
  }
  printLine(`\nNext:\n${(await nextSteps(target)).map((step) => `  ${step}`).join("\n")}`);
  return 0;
}
