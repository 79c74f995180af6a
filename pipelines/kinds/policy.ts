import { z } from "zod";
import type { EnvironmentFacts, Registered } from "../compile/context.ts";
import type { Finding } from "../findings.ts";
import { suggestName, suggestRegistered } from "../../core/suggest.ts";
import { FROM_FILES } from "./rollout.ts";
import { name, path } from "./shared_fields.ts";

/**
 * Forms of a policy in a stage: one of the environment's by name, a stored one by its path, or a
 * program by the name under which its command is registered.
 */

/**
 * Policy in a declaration: plain text, whose meaning depends on the stage; the name of one of the
 * environment's or a module's policies; the place of a trained one: a run, a stage of one, or a path
 * in the data directory; or the name of a program, whose command a module or a flag gives: a
 * declaration holds none.
 */
export type PolicyDeclaration =
  | string
  | { readonly named: string }
  | { readonly stored: string }
  | { readonly command: string };

/** The forms that mean the same wherever they stand; a plain text means what it does there. */
const forms = [
  z.strictObject({
    named: name.describe("Policy of the environment, or one that a module registers"),
  }),
  z.strictObject({ stored: path.describe("Trained policy: a run, one of its stages, or a path") }),
  z.strictObject({
    command: name.describe("Program that acts, by the name under which its command is registered"),
  }),
] as const;

const error = 'expected a name, { named: "scripted" }, { stored: "reach-expert/1" } or ' +
  '{ command: "mine" }';

/** A policy where a plain text is the name of one. */
export const namedPolicy = z.union([name, ...forms], { error });

/** A policy where a plain text is the path of a stored one. */
export const storedPolicy = z.union([path, ...forms], { error });

/** The name in one of the forms, undefined if it is a stored policy's. */
export function policyName(form: unknown): string | undefined {
  if (typeof form === "string") return form;
  if (typeof form !== "object" || form === null || !("named" in form)) return undefined;
  return typeof form.named === "string" ? form.named : undefined;
}

/** Returns the path in one of the forms, undefined if it has none. */
export function policyPath(form: unknown): string | undefined {
  if (typeof form !== "object" || form === null || !("stored" in form)) return undefined;
  return typeof form.stored === "string" ? form.stored : undefined;
}

/** Returns the name of the command in one of the forms, undefined if it is none. */
export function policyCommand(form: unknown): string | undefined {
  if (typeof form !== "object" || form === null || !("command" in form)) return undefined;
  return typeof form.command === "string" ? form.command : undefined;
}

/** Returns a policy as a report names it; empty if an input stage is the policy. */
export function policyLabel(form: unknown): string {
  const command = policyCommand(form);
  return command === undefined ? policyName(form) ?? policyPath(form) ?? "" : `command ${command}`;
}

/** Checks the command of a policy. */
export function checkPolicyCommand(
  path: Finding["path"],
  { environment, command }: { readonly environment: string; readonly command: string },
  { commands = {} }: Registered,
): readonly Finding[] {
  const policies = Object.entries(commands).filter(([, { role }]) => role === "policy");
  const known = policies.flatMap(([name, { environments }]) =>
    environments?.includes(environment) ?? true ? [name] : []
  );
  if (known.includes(command)) return [];
  const exists = policies.some(([name]) => name === command);
  return [{
    check: "unknown-command",
    path: [...path, "policy", "command"],
    problem: exists
      ? `the command "${command}" does not act in "${environment}"`
      : `no command "${command}" is registered`,
    remedy: known.length > 0
      ? suggestName(command, known)
      : "register it by registerCommandPolicy() in a module, or give --policy-command",
  }];
}

/** Checks the name of a policy. */
export function checkPolicyName(
  path: Finding["path"],
  { environment, policy }: { readonly environment: string; readonly policy: string },
  { policies }: EnvironmentFacts,
): readonly Finding[] {
  if (policies.includes(policy)) return [];
  return [{
    check: "unknown-policy",
    path: [...path, "policy"],
    problem: `environment "${environment}" has no policy "${policy}"`,
    remedy: policyRemedy(environment, policy, policies),
  }];
}

/**
 * Returns the remedy: in environments from files, the expert is another file, and policies may be
 * the user's own code.
 */
function policyRemedy(environment: string, policy: string, policies: readonly string[]): string {
  if (environment !== FROM_FILES) return suggestName(policy, policies);
  return policy === "scripted"
    ? "name its actionConfig, or another policy"
    : suggestRegistered(policy, policies);
}
