import { checkExpanded } from "../declare/checks.ts";
import { inputsOf, orderStages, type PipelineDeclaration } from "../declare/graph.ts";
import type { Finding } from "../findings.ts";
import { kindOf } from "../kinds/mod.ts";
import { expandDeclaration } from "../variants/expand.ts";
import type { Expansion } from "../variants/expansion.ts";
import { atOrigin } from "../variants/origins.ts";
import type { Registered } from "./context.ts";
import { checkLookups, resolveNames } from "./resolve.ts";

/** Declaration under check, with every variant as a separate stage. */
export interface CheckedDeclaration {
  readonly declaration: PipelineDeclaration;
  readonly expansion: Expansion;
  readonly findings: readonly Finding[];
}

/**
 * Checks everything in what claims to be a declaration that can be checked without reading other
 * files. Names are looked up only if there are other faults: otherwise `compilePipeline()` follows,
 * which knows about stored inputs, too.
 */
export function checkDeclaration(value: unknown, registered: Registered): CheckedDeclaration {
  const expansion = expandDeclaration(value);
  const { declaration, findings } = checkExpanded(expansion);
  if (findings.length === 0) return { declaration, expansion, findings };
  const names = atOrigin(lookUp(declaration, registered), expansion.originOf);
  return { declaration, expansion, findings: [...findings, ...names] };
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
