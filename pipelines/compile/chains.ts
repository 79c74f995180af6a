import { inputsOf, type PipelineDeclaration } from "../declare/graph.ts";
import type { Resolution } from "../kinds/kind.ts";
import { kindOf } from "../kinds/mod.ts";

/** Generate stage and the checks after it, which advance together, shard by shard. */
export interface Chain {
  /** Members from generate to the last check, e.g. `[generate, validate, filter]`. */
  readonly members: readonly string[];
  /** Accepted episodes that the chain must deliver. */
  readonly episodes: number;
  readonly shard: number;
  /** See `ChainPlace.quarantine`. */
  readonly quarantine?: "skip";
  /** Candidates per accepted episode after which the chain gives up. */
  readonly maxAttempts: number;
}

/** Attempts where a chain can refuse but has no filter that says how often. */
const DEFAULT_ATTEMPTS = 20;

/**
 * The chains of a checked declaration, by the name of every member.
 *
 * @param resolutions Stages with their defaults, by name
 */
export function findChains(
  declaration: PipelineDeclaration,
  resolutions: ReadonlyMap<string, Resolution>,
): ReadonlyMap<string, Chain> {
  const chains = new Map<string, Chain>();
  for (const [name, { stage }] of resolutions) {
    const extent = kindOf(stage).extentOf?.(stage);
    if (extent === undefined) continue;
    const members = [name];
    for (let next = checkBehind(name, declaration); next; next = checkBehind(next, declaration)) {
      members.push(next);
    }
    const last = resolutions.get(members.at(-1)!)!.stage;
    const refusing = kindOf(last).attemptsOf?.(last) ?? DEFAULT_ATTEMPTS;
    const isComplete = members.length === 1 && extent.quarantine === undefined;
    const chain: Chain = { members, ...extent, maxAttempts: isComplete ? 1 : refusing };
    for (const member of members) chains.set(member, chain);
  }
  return chains;
}

function checkBehind(name: string, declaration: PipelineDeclaration): string | undefined {
  return Object.entries(declaration.stages).find(([, stage]) =>
    kindOf(stage).chain?.place === "check" && inputsOf(stage).includes(name)
  )?.[0];
}
