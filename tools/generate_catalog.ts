import type { FieldSpec } from "../core/episode.ts";
import { listModels, type ModelDefinition, objectSchema } from "../learn/mod.ts";
import { describeSchema } from "../pipelines/declare/help.ts";
import type { EnvironmentDefinition, RandomizationSpec } from "../sim/world/environment.ts";
import { listEnvironments } from "../sim/mod.ts";
import { parameterTable } from "./generate_reference.ts";

/** Catalog of what Sluice ships; `tests/tools` keeps it current. */
export const CATALOG_FILE = new URL("../docs/catalog.md", import.meta.url);

const HEADING = `# Environments and models

This page lists the environments and models that Sluice ships, by the names that declarations use.
\`deno task schema\` generates it from the definitions. You can add your own: see
[extending.md](extending.md).
`;

/** Markdown of every registered environment and model. */
export function catalogText(): string {
  return [
    HEADING,
    "## Environments\n",
    ...listEnvironments().map(environmentSection),
    "## Models\n",
    ...listModels().map(modelSection),
  ].join("\n");
}

function environmentSection(environment: EnvironmentDefinition): string {
  const { name, description, policies, controlHz, maxSteps, engine } = environment;
  const { observation, action, options = [], randomization, limits } = environment;
  return [
    `### ${name}\n\n${description}. Engine ${engine.name} ${engine.version}, ${controlHz} Hz, at most ${maxSteps} ` +
    `control steps. Policies: ${policies.map(code).join(", ")}.\n\n`,
    section(["observation, action", "shape", "unit", "meaning"], [
      ...observation.map(fieldRow),
      fieldRow({ ...action, name: "action" }),
    ]),
    section(
      ["`options`", "values", "default", "meaning"],
      options.map((option) => [
        code(option.name),
        [
          ...(option.values ?? ["true", "false"]).map(code),
          ...(option.text ? ["a text"] : []),
        ].join(", "),
        code(String(option.default)),
        option.description,
      ]),
    ),
    section(
      ["`randomize`", "range", "by `true`", "meaning"],
      randomization.map((spec) => [
        code(spec.name),
        rangeOf(spec),
        spec.default ? "yes" : "no",
        spec.description,
      ]),
    ),
    section(
      ["`filter.limits`", "default", "unit", "meaning"],
      Object.entries(limits).map(([limit, { value, unit = "", description }]) => [
        code(limit),
        String(value),
        unit,
        description,
      ]),
    ),
  ].join("");
}

function modelSection({ name, description, parameters }: ModelDefinition): string {
  return `### ${name}\n\n${description}.\n\n${
    parameterTable(describeSchema(objectSchema(parameters)))
  }\n`;
}

function fieldRow({ name, shape, unit = "", description }: FieldSpec): string[] {
  return [code(name), shape.length === 0 ? "scalar" : `[${shape.join(", ")}]`, unit, description];
}

function rangeOf({ distribution, range, unit }: RandomizationSpec): string {
  if (range === undefined) return `uniform on the ${distribution}`;
  return `${range[0]} … ${range[1]}${unit === undefined ? "" : ` ${unit}`}`;
}

/** A table with its line of separators; nothing if there are no rows. */
function section(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return "";
  const lines = [head, head.map(() => "---"), ...rows];
  return `${lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n")}\n\n`;
}

function code(text: string): string {
  return `\`${text}\``;
}

if (import.meta.main) await Deno.writeTextFile(CATALOG_FILE, catalogText());
