import { z } from "zod";
import type { EnvironmentFacts, Registered } from "../compile/context.ts";
import type { Finding } from "../findings.ts";
import { suggestName, suggestRegistered } from "../../core/suggest.ts";
import { CAMERAS, checkCameras } from "./cameras.ts";
import { FROM_FILES } from "./rollout.ts";
import { count, type DeclaredInput, fraction, name, path, stageName } from "./shared_fields.ts";
import { NAME_PATTERN, STAGE_NAME_PATTERN } from "../places.ts";
import { isReference } from "./stage_inputs.ts";

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

/** A program that acts by what a stage of the same pipeline has left: `{input}` of its command. */
export interface CommandOfStageDeclaration<Name extends string = string> {
  /** Name under which the command is registered. */
  readonly command: string;
  /** Stage of a kind that gives files. */
  readonly from: DeclaredInput<Name>;
}

/**
 * The policy that a stage of the same pipeline trains, a learner, and the expert that helps it.
 *
 * Which of the two acts is drawn at every step, independently: with `mixture` as β that is the
 * policy `β π* + (1 − β) π̂` of DAgger.
 *
 * @see S. Ross, G. J. Gordon and J. A. Bagnell, "A Reduction of Imitation Learning and Structured
 * Prediction to No-Regret Online Learning" (AISTATS 2011), algorithm 3.1; its lemma 4.1 counts on
 * draws at every step
 */
export interface LearnerDeclaration<Name extends string = string> {
  /** The train stage whose policy acts. */
  readonly from: DeclaredInput<Name>;
  /** Probability with which the expert acts at a step in place of the learner, in [0, 1]; 0 where absent. */
  readonly mixture?: number;
  /**
   * Policy of the environment, the expert, that is asked at every state what it would do: the answers
   * are column `action_label`, which trainings read.
   */
  readonly labels?: string;
  /**
   * Steps for which the expert goes on from a state of the learner, in [1, maxSteps]: these alone are
   * the rows of the episode, which begins at that state. The learner acts before it for a number of
   * steps that is uniform in [0, maxSteps − takeover], over several episodes if it is done sooner.
   * Absent, the learner acts to the end, and every state is labelled.
   *
   * @see S. Ross and J. A. Bagnell, "Reinforcement and imitation learning via interactive no-regret
   * learning" (2014), algorithm 1, for rolling in by the learner and out by the expert
   */
  readonly takeover?: number;
}

/** The name of a policy; what looks like the place of a trained one is shown in its own form. */
const policyText = namePattern(
  (found) => `expected the name of a policy, or { stored: ${found} } for a trained one`,
);

const NAME_OF_COMMAND = "the name under which a module or --policy-command NAME='…' gives it, " +
  "because a declaration holds no command line";

/** The name of a command; a command line is refused with the reason. */
const commandName = namePattern(() => `expected ${NAME_OF_COMMAND}`).describe(
  "Program that acts, by the name under which its command is registered",
);

/** The forms that mean the same wherever they stand; a plain text means what it does there. */
const forms = [
  z.strictObject({
    named: policyText.describe("Policy of the environment, or one that a module registers"),
  }),
  z.strictObject({ stored: path.describe("Trained policy: a run, one of its stages, or a path") }),
  z.strictObject({ command: commandName }),
] as const;

/** A name whose message, where it is no name, shows the text as YAML has it. */
function namePattern(expected: (found: string) => string) {
  return z.string().regex(NAME_PATTERN, {
    error: ({ input }) => expected(JSON.stringify(input)),
  });
}

/** The learner of a stage of the same pipeline. */
const learner = z.strictObject({
  from: z.string().regex(STAGE_NAME_PATTERN, {
    error: ({ input }) =>
      `expected a stage of this pipeline, or { stored: ${
        JSON.stringify(input)
      } } for a trained policy`,
  }).describe("Stage of this pipeline whose trained policy acts"),
  mixture: fraction.describe(
    "Probability, at every step, that the expert acts instead (default 0)",
  ).optional(),
  labels: name.describe(
    "Expert: the policy of the environment that labels every state, as column action_label",
  ).optional(),
  takeover: count.describe(
    "Record only what the expert does when it continues for up to this many steps from a state " +
      "of the learner, reached after a uniformly drawn number of steps",
  ).optional(),
});

/** A policy of a rollout: a plain text is the name of one, and a learner may be of this pipeline. */
export const rolloutPolicy = z.union([policyText, ...forms, learner], {
  error:
    'expected a name, { named: "scripted" }, { stored: "reach-expert/1" } or { from: "train" }',
});

/** A program that acts by what a stage of the same pipeline has left, such as weights. */
const commandOfStage = z.strictObject({
  command: commandName,
  from: stageName.describe("Stage of this pipeline whose output the command gets for {input}"),
});

/** A policy where a plain text is the path of a stored one, and a program may read a stage. */
export const evaluatedPolicy = z.union([path, ...forms, commandOfStage], {
  error: ({ input }) => {
    if (!isReference(input)) {
      return 'expected a path, { named: "scripted" }, { stored: "reach-expert/1" } or ' +
        '{ command: "mine" }';
    }
    return "command" in input
      ? `expected { command: NAME, from: ${input.from} }, the command by ${NAME_OF_COMMAND}`
      : `expected from: ${input.from} in the stage itself, for the policy of a stage, or ` +
        `{ command: "mine", from: ${input.from} } for a program that reads it`;
  },
});

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
  const name = learnerOf(form)?.from ?? policyName(form) ?? policyPath(form) ?? "";
  return command === undefined ? name : `command ${command}`;
}

/** The use of a command in a stage. */
interface CommandUse {
  readonly environment: string;
  /** The form of the policy that names it. */
  readonly policy: unknown;
  readonly command: string;
  readonly facts: EnvironmentFacts;
}

/** Checks the command of a policy, its cameras and its input. */
export function checkPolicyCommand(
  path: Finding["path"],
  { environment, policy, command, facts }: CommandUse,
  { commands = {} }: Registered,
): readonly Finding[] {
  const policies = Object.entries(commands).filter(([, { role }]) => role === "policy");
  const known = policies.flatMap(([name, { environments }]) =>
    environments?.includes(environment) ?? true ? [name] : []
  );
  const place = [...path, "policy", "command"];
  if (known.includes(command)) {
    const { cameras, takesInput = false } = commands[command] ?? {};
    return [
      ...(cameras === undefined ? [] : checkCameras(place, CAMERAS.parse(cameras), facts)),
      ...(takesInput === isReference(policy) ? [] : [inputFinding(path, command, takesInput)]),
    ];
  }
  const exists = policies.some(([name]) => name === command);
  return [{
    check: "unknown-command",
    path: place,
    problem: exists
      ? `the command "${command}" does not act in "${environment}"`
      : `no command "${command}" is registered`,
    remedy: known.length > 0
      ? suggestName(command, known)
      : "register it by registerCommandPolicy() in a module, or give --policy-command",
  }];
}

function inputFinding(path: Finding["path"], command: string, takesInput: boolean): Finding {
  const place = [...path, "policy"];
  return takesInput
    ? {
      check: "missing-input",
      path: place,
      problem: `the command "${command}" asks for {input}, found no stage`,
      remedy: `write policy: { command: ${command}, from: STAGE }`,
    }
    : {
      check: "wrong-value",
      path: place,
      problem: `the command "${command}" has no {input}, found a stage`,
      remedy: "remove from, or add {input} to its arguments",
    };
}

/** The learner in one of the forms, without a mixture of 0; undefined where it is none. */
export function learnerOf(form: unknown): LearnerDeclaration | undefined {
  if (!isReference(form)) return undefined;
  const { from } = form;
  const mixture = "mixture" in form ? form.mixture : undefined;
  const labels = "labels" in form ? form.labels : undefined;
  const takeover = "takeover" in form ? form.takeover : undefined;
  return {
    from,
    ...(typeof mixture === "number" && mixture > 0 ? { mixture } : {}),
    ...(typeof labels === "string" ? { labels } : {}),
    ...(typeof takeover === "number" ? { takeover } : {}),
  };
}

/** The policy of the environment that one of the forms needs: that which acts, or the expert. */
export function namedIn(form: unknown): string | undefined {
  return learnerOf(form)?.labels ?? policyName(form);
}

/** Checks the name of a policy. @param place Its path, from the stage on */
export function checkPolicyName(
  path: Finding["path"],
  { environment, policy }: { readonly environment: string; readonly policy: string },
  { policies }: EnvironmentFacts,
  place: readonly string[] = ["policy"],
): readonly Finding[] {
  if (policies.includes(policy)) return [];
  return [{
    check: "unknown-policy",
    path: [...path, ...place],
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
