import assert from "node:assert/strict";
import { createRandom } from "../../../core/random.ts";
import { registeredFacts } from "../../../runtime/prepare/compile_context.ts";
import { chosenFacts } from "../../../pipelines/compile/context.ts";
import {
  getEnvironment,
  readDeclared,
  type RegisteredPolicy,
  registerPolicy,
  rolloutCandidates,
} from "../../../sim/mod.ts";
import { LIFT_GYM } from "../declared/_lift.ts";

const { options } = readDeclared({ value: LIFT_GYM, name: "gym" }, null);
const NOW = { environment: getEnvironment("declared", options), seed: 7, stream: "generate" };

Deno.test("registerPolicy() gives environments from files an expert that is code", async () => {
  const code = { urls: ["file:///lift_policy.ts"], digest: "abc", commands: null };
  const facts = () => chosenFacts(registeredFacts(code).environments["declared"]!, options);
  assert.equal(facts().codeDigest, undefined, "a module of something else changes no key");
  await import("../../library/lift_policy.ts");
  assert.deepEqual(facts().policies, ["random", "lift-by-code"]);
  assert.deepEqual(facts().ownPolicies, { "lift-by-code": { codeVersion: 1, codeDigest: "abc" } });
  const { episode, lengths } = await rolloutCandidates({
    ...{ ...NOW, policy: "lift-by-code", first: 0, count: 2, randomize: true },
  });
  assert.deepEqual(episode["success"]!.data, Uint8Array.of(1, 1));
  assert.deepEqual([...lengths], [80, 80], "it acts until the episode is over");
});

Deno.test("registerPolicy() refuses names that are taken, and says what an episode lacks", async () => {
  const policy = (name: string, create: RegisteredPolicy["create"]) => ({ name, create });
  const act: RegisteredPolicy["create"] = ({ holdAction }) => () => holdAction;
  for (const name of ["scripted", "lift-by-code"]) {
    assert.throws(() => registerPolicy(policy(name, act)), /one that is taken: rename it/);
  }
  registerPolicy(policy("blind", ({ start, read }) => () => read(start, "cup_pose")));
  registerPolicy(policy("armless", ({ solve }) => () => solve("eef", { position: [0, 0, 0] })!));
  const simulate = (policy: string) => rolloutCandidates({ ...NOW, policy, first: 0, count: 1 });
  await assert.rejects(simulate("blind"), /observation "cup_pose": choose one of joint_pos, .*/);
  await assert.rejects(simulate("armless"), /solve for "eef": expected an arm: choose one of arm/);
});

Deno.test("registerPolicy() gives shipped environments planners, which disturb no episode", async () => {
  const calls: number[] = [];
  using world = await getEnvironment("reach").create();
  const scripted = getEnvironment("reach").createPolicy("scripted", world, createRandom(1, "a", 0));
  registerPolicy({
    name: "looks-ahead",
    environments: ["reach"],
    create({ environment, model, holdAction, read, start }) {
      assert.equal(environment, "reach");
      assert.equal(read(start, "target_pos").length, 3);
      return (observation) => {
        // However much is tried, the episode goes on as without.
        const steps = model.rollout(model.snapshot(), [holdAction, holdAction, holdAction]);
        calls.push(steps.length);
        assert.deepEqual(model.step(model.snapshot(), holdAction).state, steps[0]!.state);
        return scripted(observation);
      };
    },
  });
  const reach = getEnvironment("reach");
  assert.ok(reach.policies.includes("looks-ahead"));
  assert.ok(!getEnvironment("pick_place").policies.includes("looks-ahead"));
  const run = { environment: reach, seed: 3, stream: "generate", first: 0, count: 2 };
  const planned = await rolloutCandidates({ ...run, policy: "looks-ahead" });
  const alone = await rolloutCandidates({ ...run, policy: "scripted" });
  assert.deepEqual(planned.step["action"], alone.step["action"]);
  assert.deepEqual(planned.episode["start_state"], alone.episode["start_state"]);
  assert.ok(calls.length > 0 && calls.every((steps) => steps === 3));
});
