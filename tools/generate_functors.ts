import type { z } from "zod";
import { describeSchema } from "../pipelines/declare/help.ts";
import { NODES } from "../sim/action_bank/action_config.ts";
import { EVENTS } from "../sim/declared/functors/events.ts";
import type { BoundFunctor, Functors } from "../sim/declared/functors/functor.ts";
import { OBSERVATIONS } from "../sim/declared/functors/observations.ts";
import { REWARDS } from "../sim/declared/functors/rewards.ts";
import { SUCCESS } from "../sim/declared/functors/success.ts";

/** Reference of the names in gym and action configs; `tests/tools` keeps it current. */
export const FUNCTORS_FILE = new URL("../docs/functors.md", import.meta.url);

const HEADING = `# Functors

This page lists the functors that a gym config can name under \`func\`, and the nodes of an action
config. \`deno task schema\` generates it from the definitions. [environments.md](environments.md) explains
their use. \`entity_cfg\`, \`group\` and \`vessel\` are the \`{ uid }\` of an entity.
`;

/** Markdown of every functor. */
export function functorsText(): string {
  return [
    HEADING,
    section("env.events", EVENTS),
    section("env.observations", OBSERVATIONS),
    section("env.rewards", REWARDS),
    section("env.success", SUCCESS),
    "## Nodes of an action config\n",
    ...NODES.map(nodeSection),
  ].join("\n");
}

function section<Bound extends BoundFunctor>(title: string, functors: Functors<Bound>): string {
  const rows = Object.values(functors).map(({ name, modes, schema, description }) =>
    `| \`${name}\` | ${modes.join(", ")} | ${parametersOf(schema)} | ${description} |`
  );
  return [`## ${title}\n`, "| func | mode | params | meaning |", "|---|---|---|---|", ...rows, ""]
    .join("\n");
}

function parametersOf(schema: z.ZodType): string {
  return describeSchema(schema).map(({ name, type, required, ...help }) => {
    const value = required
      ? ""
      : help.default === undefined
      ? ", optional"
      : `, \`${JSON.stringify(help.default)}\``;
    return `\`${name}\` (${type}${value})`;
  }).join(", ");
}

function nodeSection(node: (typeof NODES)[number]): string {
  const { name, kwargs } = node.shape;
  const rows = describeSchema(kwargs).map(({ name, type, required, description, ...help }) => {
    const value = help.default === undefined ? "" : `\`${JSON.stringify(help.default)}\``;
    return `| \`${name}\` | ${type} | ${required ? "required" : value} | ${description} |`;
  });
  return [
    `### ${name.value}\n\n${node.description}.\n`,
    "| kwarg | type | default | meaning |",
    "|---|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}

if (import.meta.main) await Deno.writeTextFile(FUNCTORS_FILE, functorsText());
