import assert from "node:assert/strict";
import { join } from "node:path";
import { lerobotOptions, nextLeRobotFolder } from "../../../cli/kit/lerobot_export.ts";
import { openDataset } from "../../../store/mod.ts";
import { withDirectory } from "../../store/_episodes.ts";
import { TaskDirectory } from "../../cli/_task_directory.ts";
import { writeDataset } from "../../store/_lerobot.ts";

const NONE = { task: undefined, robot: undefined, pictures: "video", video: false, size: 192 };

Deno.test("nextLeRobotFolder() is one past the largest number that is there", () =>
  withDirectory(async (home) => {
    const next = () => nextLeRobotFolder("reach-expert", home);
    assert.equal(next(), join(home, "reach-expert/0001"));
    for (const name of ["0001", "0012", ".0013.tmp"]) {
      await Deno.mkdir(join(home, "reach-expert", name), { recursive: true });
    }
    assert.equal(next(), join(home, "reach-expert/0013"));
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
      message: /"npz" with "--video": expected it with lerobot only/,
    });
  }));

Deno.test("deno task export and import number, place, refuse and name what they leave out", async () => {
  await using directory = new TaskDirectory();
  const { root } = directory, home = join(directory.path, "robots");
  const stored = await writeDataset(root, 3), other = join(home, "merge/0001");
  const run = async (task: "export" | "import", ...args: string[]) => {
    const env = { SLUICE_LEROBOT_HOME: home };
    const { code, stdout, stderr } = await directory.run(task, args, { env });
    return { code, text: stdout + stderr };
  };
  const exported = await run("export", stored, "--to", "lerobot", "--json");
  assert.equal(JSON.parse(exported.text).path, other);
  const taken = await run("export", stored, "--to", "lerobot", "--output", other);
  assert.equal(taken.code, 2);
  assert.match(taken.text, /expected nothing or an empty directory, found /);

  const imported = await run("import", other, "--skip-videos");
  assert.equal(imported.code, 0, imported.text);
  assert.match(imported.text, /Skipped: observation\.images\.front \(video\)/);
  const { episodes } = await openDataset(join(root, "datasets/merge-0001"));
  assert.ok(episodes > 0);
  const again = await run("import", other);
  assert.equal(again.code, 2);
  assert.match(again.text, /merge-0001": expected nothing or an empty directory/);
  const none = await run("import", join(root, "nowhere"));
  assert.equal(none.code, 2);
  assert.match(none.text, /expected a file or directory, found nothing/);
});
