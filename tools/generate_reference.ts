import { listKinds } from "../pipelines/kinds/mod.ts";
import { describeParameters, type ParameterHelp } from "../pipelines/declare/help.ts";

/** The reference of stage parameters; `tests/tools` keeps it current. */
export const REFERENCE_FILE = new URL("../docs/parameters.md", import.meta.url);

const HEADING = `# Stage parameters

\`deno task schema\` generates this page from the definitions in \`pipelines/kinds/\`, which are also the
source of the types, the defaults, the help texts and \`pipelines/pipeline.schema.json\`.
[declarations.md](declarations.md) explains how stages fit together, and [catalog.md](catalog.md) lists the
options of environments and models.
`;

/** Markdown of every kind of stage and its parameters. */
export function referenceText(): string {
  const sections = listKinds().map(({ kind, schema }) => {
    return `## ${kind}\n\n${schema.description}.\n\n${parameterTable(describeParameters(kind))}\n`;
  });
  return `${HEADING}\n${sections.join("\n")}`;
}

/** Markdown of parameters. */
export function parameterTable(parameters: readonly ParameterHelp[]): string {
  return ["| parameter | type | default | meaning |", "|---|---|---|---|", ...parameters.map(rowOf)]
    .join("\n");
}

function rowOf({ name, type, required, description, ...help }: ParameterHelp): string {
  const value = help.default === undefined ? "" : `\`${JSON.stringify(help.default)}\``;
  return `| \`${name}\` | ${type} | ${required ? "required" : value} | ${description} |`;
}

if (import.meta.main) await Deno.writeTextFile(REFERENCE_FILE, referenceText());
