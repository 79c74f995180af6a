import { CodeChangedError, InvalidInputError } from "../../core/errors.ts";
import type { StageCommand } from "../../pipelines/plan.ts";
import type { BatchPolicy, EnvironmentDefinition } from "../../sim/mod.ts";
import { identifyProgram } from "./command_digest.ts";
import { type OnLine, PolicyProcess } from "./policy_process.ts";
import { findCommandPolicy, INPUT } from "./registered_commands.ts";

/** Time that a program waits for the next shard of its stage: starting it takes seconds (ms). */
const IDLE_MS = 10_000;

/** Lines of one shard that a log takes. */
const MAX_LINES = 1000;

/** The program of this thread that acted last, and waits for another shard. */
let kept: KeptProcess | null = null;

interface KeptProcess {
  /** Key of the use that it was started for. */
  readonly key: string;
  readonly process: PolicyProcess;
  /** Ends it, where it waits. */
  idle: ReturnType<typeof setTimeout> | null;
}

/** A program that acts in the episodes of a shard. */
export interface OpenCommandPolicy extends AsyncDisposable {
  readonly policy: BatchPolicy;
}

/**
 * The program of a stage, ready to act: that of the shard before where it is the same.
 *
 * @param input Absolute path of what its arguments have for `{input}`
 * @throws {CodeChangedError} If its files are not those of the plan
 * @throws {MissingToolError} If there is no such program
 * @throws {ProgramError} If it does not start
 */
export async function openCommandPolicy(
  command: StageCommand,
  environment: EnvironmentDefinition,
  { input = "", onLine }: { readonly input?: string | undefined; readonly onLine: OnLine },
): Promise<OpenCommandPolicy> {
  const { name, digest, nonce = "" } = command;
  const chosen = JSON.stringify(environment.chosen ?? {});
  const key = [name, digest, nonce, environment.name, chosen, input].join("\n");
  if (kept !== null && (kept.key !== key || kept.process.isBroken)) await endPolicyProcess();
  const log = limited(onLine);
  if (kept === null) {
    const policy = findCommandPolicy(name);
    if (policy === undefined) {
      throw new InvalidInputError(
        `Cannot use the policy command "${name}": expected one that is registered, found none: start ` +
          "the worker with the module or the --policy-command that the run has",
      );
    }
    const found = identifyProgram(policy).digest;
    if (found !== digest) {
      throw new CodeChangedError(
        `Cannot use the policy command "${name}": expected its files with digest ` +
          `${digest.slice(0, 12)}, found ${found.slice(0, 12)}: change them back, or run the ` +
          "pipeline again",
      );
    }
    const words = policy.command.map((word) => word.replaceAll(INPUT, () => input));
    const process = await PolicyProcess.start({ ...policy, command: words }, environment, log);
    kept = { key, process, idle: null };
  }
  const current = kept, { process } = current;
  if (current.idle !== null) clearTimeout(current.idle);
  process.onLine = log;
  process.begin();
  return {
    policy: process,
    async [Symbol.asyncDispose]() {
      if (process.isBroken) await endPolicyProcess();
      else current.idle = setTimeout(endPolicyProcess, IDLE_MS);
    },
  };
}

/** Ends the program that waits on this thread, where there is one. */
export async function endPolicyProcess(): Promise<void> {
  const ended = kept;
  kept = null;
  if (ended === null) return;
  if (ended.idle !== null) clearTimeout(ended.idle);
  await ended.process.close();
}

/** A log that a flood of lines does not fill. */
function limited(onLine: OnLine): OnLine {
  let lines = 0;
  return (line, source) => {
    lines++;
    if (lines <= MAX_LINES) onLine(line, source);
    else if (lines === MAX_LINES + 1) {
      onLine(`Further lines of this shard are left out: it has more than ${MAX_LINES}`, source);
    }
  };
}
