import assert from "node:assert/strict";
import { join } from "node:path";
import { publishDataset } from "../../store/blobs/publish.ts";
import { S3Blobs } from "../../store/blobs/s3_blobs.ts";
import { mergeDatasets, openDataset } from "../../store/mod.ts";
import { pythonEnvironment } from "../../tools/python_env.ts";
import { S3Server } from "../store/blobs/_s3_server.ts";
import { withDirectory, writeChain } from "../store/_episodes.ts";

const PAGE = new URL("../../docs/object_storage.md", import.meta.url);

const { python, reason } = await pythonEnvironment("s3");

Deno.test({
  name: `docs/object_storage.md reads a published dataset with zarr-python${
    reason === null ? "" : ` (skipped: ${reason})`
  }`,
  ignore: python === null,
  fn: () =>
    withDirectory(async (directory) => {
      const { generate } = await writeChain(directory), dataset = join(directory, "merge");
      const input = { name: "g", directory: generate, verdicts: null, lastShard: 2, limit: 20 };
      const split = { train: 1, validation: 0, test: 0 };
      await mergeDatasets(dataset, [input], { seed: 1, stream: "merge", split });
      await using moto = await S3Server.startMoto(python!);
      await moto.createBucket("robots");
      const place = { bucket: "robots", prefix: "reach-expert/7" };
      await publishDataset(dataset, new S3Blobs(place, moto.settings));
      const [, code] = /^```python s3\n(.*?)^```$/ms.exec(await Deno.readTextFile(PAGE))!;
      const program = `endpoint = ${JSON.stringify(moto.settings.endpoint)}\n${code}\n` +
        'print(group["data/action"][:].tobytes().hex())';
      const { success, stdout, stderr } = await new Deno.Command(python!, {
        args: ["-c", program],
        env: { AWS_ACCESS_KEY_ID: "testing", AWS_SECRET_ACCESS_KEY: "testing-secret" },
      }).output();
      assert(success, new TextDecoder().decode(stderr));
      const [shown, bytes] = new TextDecoder().decode(stdout).trim().split("\n");
      const stored = await openDataset(dataset);
      const { data, shape } = await stored.readSteps("action", 0, stored.steps);
      assert.equal(shown, `(${[stored.steps, ...shape].join(", ")}) ${stored.schema.environment}`);
      assert.equal(bytes, new Uint8Array(data.buffer).toHex());
    }),
});
