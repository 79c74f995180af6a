import assert from "node:assert/strict";
import { join } from "node:path";
import type { RunSummary } from "../../../activities/types.ts";
import {
  checkCheckpointDirectory,
  copyCheckpoints,
} from "../../../runtime/data/checkpoint_output.ts";
import { withDirectory } from "../../store/_episodes.ts";

Deno.test("copyCheckpoints() puts checkpoints and the policy where they were asked for", () =>
  withDirectory(async (root) => {
    const stage = join(root, "stages/train-1"), target = join(root, "out/checkpoints");
    await Deno.mkdir(join(stage, "checkpoints/20"), { recursive: true });
    await Deno.writeTextFile(join(stage, "checkpoints/20/commit.json"), "{}");
    await Deno.writeTextFile(join(stage, "policy.onnx"), "onnx");
    // Only what is read of a summary.
    const summary = { stages: { train: { path: "stages/train-1" } } } as unknown as RunSummary;
    const directory = await checkCheckpointDirectory(target);
    assert.match(await copyCheckpoints(root, summary, directory), /out\/checkpoints$/);
    assert.equal(await Deno.readTextFile(join(target, "policy.onnx")), "onnx");
    assert.equal(await Deno.readTextFile(join(target, "checkpoints/20/commit.json")), "{}");
    await assert.rejects(checkCheckpointDirectory(target), { name: "InvalidInputError" });
    await assert.rejects(checkCheckpointDirectory(join(target, "policy.onnx")), {
      message: /found a file: choose another directory/,
    });
  }));
