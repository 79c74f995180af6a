import assert from "node:assert/strict";
import { join } from "node:path";
import { lerobotOptions, nextLeRobotFolder } from "../../cli/lerobot_export.ts";
import { openDataset } from "../../store/mod.ts";
import { withDirectory } from "../store/_episodes.ts";
import { writeDataset } from "../store/_lerobot.ts";

const NONE = { task: undefined, robot: undefined, pictures: "video", video: false, size: 192 };

Deno.test("nextLeRobotFolder() numbers the folders of a run in SLUICE_LEROBOT_HOME", () =>
  withDirectory(async (home) => {
    const before = Deno.env.get("SLUICE_LEROBOT_HOME");
    Deno.env.set("SLUICE_LEROBOT_HOME", home);
    try {
      const run = { pipeline: "reach-expert", run: 7, directory: "runs/reach-expert/0007" };
      const next = () => nextLeRobotFolder(run, "/elsewhere/merge");
      assert.equal(next(), join(home, "reach-expert/0001"));
      for (const name of ["0001", "0012", ".0013.tmp"]) {
        await Deno.mkdir(join(home, "reach-expert", name), { recursive: true });
      }
      assert.equal(next(), join(home, "reach-expert/0013"));
      assert.equal(nextLeRobotFolder(null, "/elsewhere/both"), join(home, "both/0001"));
    } finally {
      if (before === undefined) Deno.env.delete("SLUICE_LEROBOT_HOME");
      else Deno.env.set("SLUICE_LEROBOT_HOME", before);
    }
  }));

Deno.test("lerobotOptions() names the task by the environment, and refuses other formats", () =>
  withDirectory(async (directory) => {
    const dataset = await openDataset(await writeDataset(directory));
    const { task } = lerobotOptions("lerobot", dataset, NONE);
    assert.match(task ?? "", /^A 7-joint arm/);
    assert.equal(lerobotOptions("lerobot", dataset, { ...NONE, task: "Lift" }).task, "Lift");
    assert.deepEqual(lerobotOptions("hdf5", dataset, NONE), {});
    assert.throws(() => lerobotOptions("npz", dataset, { ...NONE, video: true }), {
      name: "InvalidInputError",
      message: /"npz" with "--video": expected it for lerobot only/,
    });
  }));
