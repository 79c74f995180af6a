import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { provideServer, temporalDirectory } from "../../runtime/services/services.ts";
import { findServer, stopServer } from "../../infra/temporal/server.ts";
import { buildShim } from "./_shim.ts";

const environment = Deno.env.toObject();

/** Asks which server a directory has, before the clocks are set and after. */
const SCRIPT = `
  import { ensureServer, findServer } from "${new URL(
  "../../infra/temporal/server.ts",
  import.meta.url,
)}";
  const [directory, clock, offsets] = Deno.args;
  const executable = () => { throw new Error("a second server was to be started"); };
  const before = Date.now();
  const known = await findServer(directory);
  await Deno.writeTextFile(clock, offsets);
  const stepped = Date.now() - before;
  const found = await findServer(directory);
  const { server } = await ensureServer(directory, { executable, cache: directory });
  console.log(JSON.stringify([stepped, known?.address, found?.address, server.address]));
  Deno.exit(0);
`;

const shim = await buildShim();

Deno.test({
  name: "ensureServer() finds the server after a suspend, and after the clock was stepped",
  ignore: shim === null,
  fn: async () => {
    const root = await Deno.makeTempDir({ prefix: "sluice-clock-" });
    const directory = temporalDirectory(root);
    try {
      const { server } = await provideServer(root, { environment });
      const clock = join(root, "clock"), script = join(root, "script.ts");
      await Deno.writeTextFile(script, SCRIPT);
      for (const [wall, uptime] of [[30, 30], [60, 0], [-3600, 0], [86_400, 86_400]] as const) {
        await Deno.writeTextFile(clock, "0 0");
        const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
          args: [
            "run",
            "-A",
            `--config=${fileURLToPath(new URL("../../deno.json", import.meta.url))}`,
          ]
            .concat([script, directory, clock, `${wall} ${uptime}`]),
          env: { LD_PRELOAD: shim!, SLUICE_SHIM_CLOCK: clock },
        }).output();
        const text = new TextDecoder().decode(stdout);
        assert.notEqual(text, "", new TextDecoder().decode(stderr));
        const [stepped, ...addresses] = JSON.parse(text);
        assert.deepEqual(addresses, [server.address, server.address, server.address]);
        assert.ok(Math.abs(stepped - wall * 1000) < 20_000, "the shim set no clock");
      }
      assert.deepEqual(await findServer(directory), server);
    } finally {
      await stopServer(directory);
      await Deno.remove(root, { recursive: true });
    }
  },
});
