import { InvalidInputError } from "../../core/errors.ts";
import { policyLabel } from "../../pipelines/kinds/policy.ts";
import { evaluatePipeline } from "../../pipelines/mod.ts";
import { listEnvironments } from "../../sim/mod.ts";
import { commandLine } from "../kit/command_line.ts";
import { dataRoot, storedName } from "../kit/places.ts";
import { defineCommand, type FlagValues } from "../kit/flags.ts";
import { readChoices } from "../kit/option_flag.ts";
import { isPolicyFile } from "../../runtime/prepare/policy_file.ts";
import type { PolicyDeclaration } from "../../pipelines/kinds/policy.ts";
import { runCommand } from "../kit/run_command.ts";
import { givenCommand, POLICY_COMMAND_FLAG } from "../kit/policy_command_flag.ts";
import { JUNIT_FLAG, RUN_FLAGS } from "../kit/run_flags.ts";
import { runDeclaration } from "../kit/run_pipeline.ts";

export const EVALUATE = defineCommand({
  name: "evaluate",
  summary: "Evaluates a policy in the simulator, on unseen episodes.",
  arguments: {
    policy: {
      description:
        "A run (reach-expert, reach-expert/7), one of its stages, a path, or an .onnx file " +
        "(docs/policies.md); omit it with --policy or --policy-command",
      optional: true,
    },
  },
  flags: {
    policy: {
      type: "text",
      placeholder: "NAME",
      description: "Evaluate a policy of the environment, e.g. scripted, instead of a trained one",
    },
    environment: {
      type: "text",
      placeholder: "NAME",
      description: "Registered environment (default that of the policy's dataset)",
      aliases: ["env-name", "env"],
    },
    episodes: {
      type: "integer",
      description: "Episodes to run",
      default: 100,
      min: 1,
      aliases: ["n-episodes", "num-episodes"],
    },
    maxSteps: {
      type: "integer",
      description: "Maximum episode length in control steps (default the environment's)",
      min: 1,
    },
    randomize: {
      type: "boolean",
      description: "Randomize lighting, friction and more in each episode",
    },
    option: {
      type: "list",
      placeholder: "NAME=VALUE",
      description: "Environment option, e.g. the path of quadruped (default the dataset's)",
    },
    seed: { type: "integer", placeholder: "SEED", description: "Seed", default: 0, min: 0 },
    ...RUN_FLAGS,
    ...POLICY_COMMAND_FLAG,
    ...JUNIT_FLAG,
  },
  examples: [
    [
      "deno task evaluate reach-expert --episodes 1000",
      "the policy of the latest run, over more episodes",
    ],
    ["deno task evaluate reach-compare/2/train_clean --randomize", "one of several policies"],
    ["deno task evaluate quadruped-walk --option path=circle --max-steps 2500", "10 s on one path"],
    ["deno task evaluate policy.onnx --environment reach", "a policy trained with another tool"],
    ["deno task evaluate --policy scripted --environment reach", "the expert itself"],
    [
      "deno task evaluate --policy-command 'python my_policy.py' --environment reach",
      "a program that serves a policy (docs/python.md)",
    ],
  ],
});

/** Returns the policy that the command line names. */
async function choosePolicy(
  flags: Pick<FlagValues<typeof EVALUATE.flags>, "policy" | "environment" | "policyCommand">,
  text: string | undefined,
): Promise<PolicyDeclaration> {
  const { environment } = flags, command = givenCommand("evaluate", flags, ["policy"]);
  const policy = command ?? (flags.policy === undefined ? undefined : { named: flags.policy });
  const environments = listEnvironments().map(({ name }) => name).join(" or ");
  if (policy !== undefined && text === undefined) {
    if (environment !== undefined) return policy;
    throw new InvalidInputError({
      action: "evaluate",
      place: policyLabel(policy),
      expected: "its environment",
      found: "none",
      remedy: `--environment ${environments}`,
    });
  }
  if (text === undefined || policy !== undefined) {
    throw new InvalidInputError({
      action: "evaluate",
      expected: "a stored policy or --policy",
      found: text === undefined ? "neither" : "both",
      remedy: "name a run, a path or --policy NAME",
    });
  }
  if (/\.(pt|pth|ckpt|safetensors)$/i.test(text)) {
    throw new InvalidInputError({
      action: "evaluate",
      place: text,
      expected: "a run or a stored policy",
      found: "a PyTorch file, which Sluice does not read",
      remedy: 'export the policy to ONNX, or train it with "deno task train"',
    });
  }
  if (!isPolicyFile(text)) return storedName(await dataRoot(), text);
  if (environment === undefined) {
    throw new InvalidInputError({
      action: "evaluate",
      place: text,
      expected: "its environment, which an ONNX file does not say",
      found: "none",
      remedy: `--environment ${environments}`,
    });
  }
  return text;
}

if (import.meta.main) {
  await runCommand(EVALUATE, async ({ arguments: { policy: text }, flags }) => {
    const policy = await choosePolicy(flags, text);
    const { environment, episodes, maxSteps, randomize, seed } = flags;
    const declaration = evaluatePipeline({
      policy,
      episodes,
      randomize,
      ...(flags.option.length === 0 ? {} : { options: readChoices(flags.option) }),
      ...(environment === undefined ? {} : { environment }),
      ...(maxSteps === undefined ? {} : { maxSteps }),
    }, seed);
    return await runDeclaration(declaration, flags, {
      command: commandLine("evaluate"),
      original: evaluatePipeline({
        policy,
        episodes: EVALUATE.flags.episodes.default,
        randomize: false,
      }),
      junit: flags.junit,
    });
  });
}
