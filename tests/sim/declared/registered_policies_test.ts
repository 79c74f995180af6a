import assert from "node:assert/strict";
import { registeredFacts } from "../../../runtime/prepare/compile_context.ts";
import { chosenFacts } from "../../../pipelines/compile/context.ts";
import {
  getEnvironment,
  readDeclared,
  registerPolicy,
  rolloutCandidates,
  type ScriptedPolicy,
} from "../../../sim/mod.ts";
import { LIFT_GYM } from "./_lift.ts";

const { options } = readDeclared({ value: LIFT_GYM, name: "gym" }, null);
const NOW = { environment: getEnvironment("declared", options), seed: 7, stream: "generate" };

Deno.test("registerPolicy() gives environments from files an expert that is code", async () => {
  const code = { urls: ["file:///lift_policy.ts"], digest: "abc" };
  const facts = () => chosenFacts(registeredFacts(code).environments["declared"]!, options);
  assert.equal(facts().codeDigest, undefined, "a module of something else changes no key");
  await import("../../library/lift_policy.ts");
  assert.deepEqual(facts().policies, ["random", "lift-by-code"]);
  assert.equal(facts().codeDigest, "abc", "its code is part of what names a stage");
  const { episode, lengths } = await rolloutCandidates({
    ...{ ...NOW, policy: "lift-by-code", first: 0, count: 2, randomize: true },
  });
  assert.deepEqual(episode["success"]!.data, Uint8Array.of(1, 1));
  assert.deepEqual([...lengths], [80, 80], "it acts until the episode is over");
});

Deno.test("registerPolicy() refuses names that are taken, and says what an episode lacks", async () => {
  const policy = (name: string, create: ScriptedPolicy["create"]) => ({ name, create });
  const act: ScriptedPolicy["create"] = ({ hold }) => () => hold;
  for (const name of ["scripted", "lift-by-code"]) {
    assert.throws(() => registerPolicy(policy(name, act)), /one that is taken: rename it/);
  }
  registerPolicy(policy("blind", ({ start, read }) => () => read(start, "cup_pose")));
  registerPolicy(policy("armless", ({ solve }) => () => solve("eef", { position: [0, 0, 0] })!));
  const simulate = (policy: string) => rolloutCandidates({ ...NOW, policy, first: 0, count: 1 });
  await assert.rejects(simulate("blind"), /observation "cup_pose": choose one of joint_pos, .*/);
  await assert.rejects(simulate("armless"), /solve for "eef": expected an arm: choose one of arm/);
});
