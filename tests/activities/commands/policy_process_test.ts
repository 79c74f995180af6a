import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PolicyProcess } from "../../../activities/commands/policy_process.ts";
import type { CommandPolicy } from "../../../activities/commands/registered_commands.ts";
import { type BatchRequest, getEnvironment, rolloutCandidates } from "../../../sim/mod.ts";
import { pythonEnvironment } from "../../../tools/python_env.ts";
import { untilGone } from "./_processes.ts";

/** Programs that act, well and badly, as other processes. */

const { python, reason } = await pythonEnvironment("tests");
const PACKAGE = fileURLToPath(new URL("../../../python/src", import.meta.url));
const reach = getEnvironment("reach");

/** What {@linkcode withPolicy} gives a test. */
interface Served {
  readonly policy: CommandPolicy;
  readonly lines: string[];
  start(): Promise<PolicyProcess>;
}

function policyTest(
  name: string,
  source: string,
  test: (served: Served) => Promise<void>,
  limits: Partial<CommandPolicy> = {},
): void {
  const skipped = reason === null ? "" : ` (skipped: ${reason})`;
  Deno.test({
    name: name + skipped,
    ignore: python === null,
    fn: async () => {
      const directory = await Deno.makeTempDir({ prefix: "sluice-policy-" });
      await Deno.writeTextFile(
        join(directory, "policy.py"),
        `import os, sys, time\nsys.path.insert(0, ${JSON.stringify(PACKAGE)})\n` +
          `import numpy as np\nfrom sluice.serving import serve_policy\n${source}\n`,
      );
      const policy = { name: "mine", command: [python!, "policy.py"], directory, ...limits };
      const lines: string[] = [];
      try {
        await test({
          policy,
          lines,
          start: () => PolicyProcess.start(policy, reach, (line) => lines.push(line)),
        });
      } finally {
        await Deno.remove(directory, { recursive: true });
      }
    },
  });
}

function requests(...episodes: readonly (readonly [id: number, isFirst: boolean])[]) {
  return episodes.map(([episode, isFirst]): BatchRequest => ({
    episode,
    isFirst,
    seed: 100 + episode,
    observation: Float32Array.from({ length: 20 }, (_, i) => episode + i),
  }));
}

policyTest(
  "a program acts in a batch as the same policy does here, and may print",
  `
def policy(observations):
    print("asked for", len(observations))
    steps = observations[:, 17:20] - observations[:, 14:17]
    return np.concatenate([steps, np.zeros((len(steps), 1))], axis=1)
serve_policy(policy)`,
  async ({ start, lines }) => {
    const process = await start();
    process.begin();
    const options = {
      environment: reach,
      seed: 1,
      stream: "test",
      first: 0,
      count: 3,
      maxSteps: 5,
    };
    const table = await rolloutCandidates({ ...options, policy: process });
    const here = await rolloutCandidates({
      ...options,
      policy: (observation) =>
        Float32Array.from(
          { length: 4 },
          (_, i) => i === 3 ? 0 : observation[i + 17]! - observation[i + 14]!,
        ),
    });
    assert.deepEqual(table, here);
    await process.close();
    assert.equal(lines[0], "asked for 3");
  },
);

policyTest(
  "a program keeps the state of each episode, and forgets it where another begins",
  `
class Policy:
    began = []
    def reset(self, episodes):
        self.began += [e.seed for e in episodes]
        print("reset", [e.seed for e in episodes], flush=True)
    def __call__(self, observation, episode):
        episode.state = (episode.state or 0) + 1
        return [episode.state, episode.step, episode.seed, 0]
serve_policy(Policy(), batch=False)`,
  async ({ start, lines }) => {
    const process = await start();
    process.begin();
    const act = async (...episodes: readonly (readonly [number, boolean])[]) =>
      (await process.act(requests(...episodes))).map((action) => [...action]);
    assert.deepEqual(await act([0, true], [1, true]), [[1, 0, 100, 0], [1, 0, 101, 0]]);
    assert.deepEqual(await act([1, false]), [[2, 1, 101, 0]]);
    process.end(1);
    assert.deepEqual(await act([2, true], [0, false]), [[1, 0, 102, 0], [2, 1, 100, 0]]);
    process.begin(); // another rollout numbers from 0 again
    assert.deepEqual(await act([0, true]), [[1, 0, 100, 0]]);
    await process.close();
    assert.deepEqual(lines, ["reset [100, 101]", "reset [102]", "reset [100]"]);
  },
);

const CAMERAS = [{ width: 16, height: 12 }, { name: "side", width: 8, height: 8, depth: true }];

policyTest(
  "a program with cameras sees the images that a dataset would have",
  `
import json
def policy(observations, episodes):
    e = episodes[0].environment
    print(json.dumps({name: [list(v.shape), str(v.dtype)] for name, v in observations.items()}))
    if episodes[0].step == 0:
        print(json.dumps([int(observations["image"][i].sum()) for i in range(len(episodes))]))
    steps = 10 * (observations["target_pos"] - observations["ee_pos"])
    return np.concatenate([steps, np.zeros((len(steps), 1))], axis=1)
serve_policy(policy)`,
  async ({ start, lines }) => {
    const process = await start();
    process.begin();
    const options = { environment: reach, seed: 1, stream: "test", first: 0, count: 2 };
    const table = await rolloutCandidates({ ...options, maxSteps: 3, policy: process });
    await process.close();
    assert.deepEqual(JSON.parse(lines[0]!), {
      joint_pos: [[2, 7], "float32"],
      joint_vel: [[2, 7], "float32"],
      ee_pos: [[2, 3], "float32"],
      target_pos: [[2, 3], "float32"],
      image: [[2, 12, 16, 3], "uint8"],
      side_image: [[2, 8, 8, 3], "uint8"],
      side_depth: [[2, 8, 8], "float32"],
    });
    const recorded = await rolloutCandidates({
      ...options,
      maxSteps: 1,
      policy: "scripted",
      cameras: [{ ...CAMERAS[0]!, image: true, depth: false, segmentation: false, shadows: true }],
    });
    const { data } = recorded.step["observation/image"]!, size = 12 * 16 * 3;
    const sums = [0, 1].map((i) =>
      [...data.slice(i * size, (i + 1) * size)].reduce((sum, value) => Number(sum) + Number(value))
    );
    assert.deepEqual(JSON.parse(lines[1]!), sums);
    assert.equal(table.step["observation/image"], undefined);
  },
  { cameras: CAMERAS },
);

/** Programs that fail at an answer, and what is said of them. */
const FAULTS: readonly (readonly [what: string, source: string, message: RegExp])[] = [
  [
    "dies",
    "serve_policy(lambda o: os._exit(7))",
    /expected an answer, found its end; it ended with status 7/,
  ],
  [
    "is killed",
    "serve_policy(lambda o: os.kill(os.getpid(), 9))",
    /found its end; it ended with SIGKILL/,
  ],
  [
    "raises",
    "def f(o):\n    raise ValueError('no such thing')\nserve_policy(f)",
    /found ValueError: no such thing; it ended with status 1/,
  ],
  [
    "answers another shape",
    "serve_policy(lambda o: np.zeros((1, 2)))",
    /expected numbers of shape \[2, 4\], found float64 of shape \[1, 2\]/,
  ],
  [
    "answers NaN",
    "serve_policy(lambda o: np.full((2, 4), np.nan))",
    /expected finite numbers, found NaN/,
  ],
  [
    "answers nonsense",
    "def f(o):\n    os.write(4, b'hello, this is no frame at all')\n    time.sleep(60)\nserve_policy(f)",
    /found a frame of \d+ bytes/,
  ],
  [
    "is silent",
    "def f(o):\n    while True: pass\nserve_policy(f)",
    /expected an answer, found none within 0.5 s/,
  ],
];

for (const [what, source, message] of FAULTS) {
  policyTest(
    `a program that ${what} is a named error, and nothing is left of it`,
    `import subprocess\nprint(os.getpid(), subprocess.Popen(["sleep", "600"]).pid, flush=True)\n${source}`,
    async ({ start, lines }) => {
      const process = await start();
      const asked = process.act(requests([0, true], [1, true]));
      await assert.rejects(asked, { name: "ProgramError", message });
      assert.equal(process.isBroken, true);
      for (const pid of lines[0]!.split(" ")) await untilGone(Number(pid));
    },
    { actSeconds: 0.5 },
  );
}

policyTest(
  "a program that never greets is a named error",
  "time.sleep(600)",
  async ({ start }) => {
    await assert.rejects(start(), {
      name: "ProgramError",
      message: /expected an answer, found none within 0.3 s/,
    });
  },
  { startSeconds: 0.3 },
);

policyTest(
  "a program that cannot be imported is a named error with its last line",
  "import no_such_module_at_all",
  async ({ start }) => {
    await assert.rejects(start(), {
      name: "ProgramError",
      message: /status 1, the last line of its standard error "ModuleNotFoundError: No module/,
    });
  },
);

policyTest("a program that is not there is a missing tool", "", async ({ policy }) => {
  const command = ["./no-such-program"];
  await assert.rejects(
    PolicyProcess.start({ ...policy, command }, reach, () => {}),
    { name: "MissingToolError", message: /expected the program ".\/no-such-program"/ },
  );
});
