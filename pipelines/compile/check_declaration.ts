import { checkGraph } from "../declare/checks.ts";
import { inputsOf, orderStages, type PipelineDeclaration } from "../declare/graph.ts";
import type { Finding } from "../findings.ts";
import { kindOf } from "../kinds/mod.ts";
import type { Registered } from "./context.ts";
import { checkLookups, resolveNames } from "./resolve.ts";
import { checkShape } from "../declare/shape.ts";

/**
 * Everything that is wrong with what claims to be a declaration, as far as it can be told without
 * reading other files. Names are looked up only beside other faults: where there is none,
 * `compilePipeline()` follows, which knows of stored inputs, too.
 */
export function checkDeclaration(
  value: unknown,
  registered: Registered,
): { readonly declaration: PipelineDeclaration; readonly findings: readonly Finding[] } {
  const { declaration, unread, findings } = checkShape(value);
  const faults = [...findings, ...checkGraph(declaration, unread)];
  if (faults.length === 0) return { declaration, findings: [] };
  return { declaration, findings: [...faults, ...lookUp(declaration, registered)] };
}

/** Checks the names in the readable stages. */
function lookUp({ stages }: PipelineDeclaration, registered: Registered): readonly Finding[] {
  // What a gym config chooses is not read yet.
  const readable = Object.fromEntries(
    Object.entries(stages).filter(([, stage]) => !("gymConfig" in stage)),
  );
  const inputs = new Map(
    Object.entries(readable).map(([name, stage]) => [name, inputsOf(stage)]),
  );
  const order = orderStages(inputs).order ?? Object.keys(readable);
  const resolveExternal = (path: string) => ({ path, digest: "" });
  const context = { ...registered, resolveExternal };
  const resolutions = [...resolveNames(readable, order, context)].filter(([, resolution]) =>
    // The faulty or stored stage that would say it is not known.
    !kindOf(resolution.stage).simulates || resolution.environment !== null
  );
  return checkLookups(new Map(resolutions), context);
}
