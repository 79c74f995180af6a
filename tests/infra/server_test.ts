import assert from "node:assert/strict";
import { existsSync, statfsSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { cacheDirectory } from "../../runtime/data/cache_directory.ts";
import {
  currentServer,
  provideServer,
  temporalDirectory,
} from "../../runtime/services/services.ts";
import { MissingToolError } from "../../core/errors.ts";
import { givenEnvironment } from "../../infra/given_environment.ts";
import { clusterIdOf, readHttpApi } from "../../infra/temporal/http_api.ts";
import { obtainTemporal } from "../../infra/temporal/obtain.ts";
import { findFreePort, withPortsLock } from "../../infra/temporal/ports.ts";
import { isHeld, startHolding } from "../../infra/temporal/life_lock.ts";
import { endProcess, startDetached } from "../../infra/temporal/process.ts";
import { journalMode } from "../../infra/temporal/journal.ts";
import { databaseFile, ensureServer, findServer, stopServer } from "../../infra/temporal/server.ts";

const environment = Deno.env.toObject();

/** Lends a data root, and ends the server that was started on it. */
async function withRoot(use: (root: string) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "sluice-server-" });
  try {
    await use(root);
  } finally {
    await stopServer(temporalDirectory(root));
    await Deno.remove(root, { recursive: true });
  }
}

function refuse(): Promise<string> {
  return Promise.reject(new Error("no server was to be started"));
}

async function portOf(root: string): Promise<number> {
  return JSON.parse(await Deno.readTextFile(join(root, "temporal", "server.json"))).port;
}

async function deadPid(): Promise<number> {
  const { pid, status } = new Deno.Command("true").spawn();
  await status;
  return pid;
}

/** What an earlier server of a process would have left. */
async function leaveState(root: string, pid: number, port: number): Promise<void> {
  await Deno.mkdir(temporalDirectory(root), { recursive: true });
  const state = { pid, port, uiPort: port + 1000 };
  await Deno.writeTextFile(join(temporalDirectory(root), "server.json"), JSON.stringify(state));
}

Deno.test("ensureServer() finds the server that runs on the directory", () =>
  withRoot(async (root) => {
    const both = await Promise.all([
      provideServer(root, { environment }),
      provideServer(root, { environment }),
    ]);
    assert.deepEqual(both.map(({ started }) => started).sort(), [false, true]);
    const log = `${databaseFile(temporalDirectory(root))}-wal`;
    assert.equal(existsSync(log), journalMode(statfsSync(root).type) === "wal");
    const { server } = both[0];
    assert.deepEqual(both[1].server, server);
    const again = await ensureServer(temporalDirectory(root), { executable: refuse, cache: root });
    assert.deepEqual(again, { server, started: false });
    assert.deepEqual(await findServer(temporalDirectory(root)), server);

    assert.equal(await stopServer(temporalDirectory(root)), true);
    assert.equal(await stopServer(temporalDirectory(root)), false);
    assert.equal(await findServer(temporalDirectory(root)), null);
  }));

Deno.test("ensureServer() starts where the process of the last server is dead or another's", async (t) => {
  for (const [name, stale] of [["dead", await deadPid()], ["another's", Deno.pid]] as const) {
    await t.step(name, () =>
      withRoot(async (root) => {
        const port = await findFreePort(17_233);
        await leaveState(root, stale, port);
        assert.equal(await findServer(temporalDirectory(root)), null);
        assert.equal(await stopServer(temporalDirectory(root)), false);
        const { server, started } = await provideServer(root, { environment });
        assert.equal(started, true);
        assert.equal(server.address, `127.0.0.1:${port}`); // schedules and links stay valid
      }));
  }
});

Deno.test("findServer() takes no other directory's server for its own, and its own where it is moved to", () =>
  withRoot((root) =>
    withRoot(async (copy) => {
      const { server } = await provideServer(root, { environment });
      await Deno.mkdir(temporalDirectory(copy));
      // As a copy of the data directory has it, and as chance would: this pid and port are another's.
      for (const name of ["server.json", "temporal.db"]) {
        await Deno.copyFile(
          join(temporalDirectory(root), name),
          join(temporalDirectory(copy), name),
        );
      }
      assert.equal(await findServer(temporalDirectory(copy)), null);
      assert.equal(await stopServer(temporalDirectory(copy)), false);
      const moved = join(copy, "moved");
      await Deno.rename(temporalDirectory(root), moved);
      assert.deepEqual(await findServer(moved), server);
      await Deno.rename(moved, temporalDirectory(root));
    })
  ));

Deno.test("ensureServer() finds its server by the database where what was written of it is lost", () =>
  withRoot(async (root) => {
    const { server } = await provideServer(root, { environment }),
      directory = temporalDirectory(root);
    const state = join(directory, "server.json"), text = await Deno.readTextFile(state);
    for (const damage of ["{", "null", "{}", text.replace(/"port":\d+/, '"port":70000')]) {
      await Deno.writeTextFile(state, damage);
      const message = /server\.json": expected where .*: remove the file; the server is found/;
      await assert.rejects(provideServer(root, { environment }), {
        name: "DamagedStoreError",
        message,
      });
      await assert.rejects(findServer(directory), { name: "DamagedStoreError", message });
    }
    await Deno.remove(state);
    assert.deepEqual(await provideServer(root, { environment }), { server, started: false });
    await Deno.writeTextFile(state, "{");
    await assert.rejects(stopServer(directory), { name: "DamagedStoreError" }); // and ended it
    await Deno.remove(state);
    assert.equal(await findServer(directory), null);
    assert.equal(await stopServer(directory), false);
  }));

Deno.test("ensureServer() refuses a database that is none, where one was", () =>
  withRoot(async (root) => {
    await provideServer(root, { environment });
    await stopServer(temporalDirectory(root));
    const file = join(temporalDirectory(root), "temporal.db");
    for (const damage of ["", "SQLite format 2"]) {
      await Deno.writeTextFile(file, damage);
      await assert.rejects(provideServer(root, { environment }), {
        name: "DamagedStoreError",
        message: /temporal\.db": expected the database .*: put it back, or remove it: /,
      });
    }
    await Deno.remove(file);
    assert.equal((await provideServer(root, { environment })).started, true);
  }));

Deno.test("startHolding() starts a process that holds its lock until it dies, however often it is looked at", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sluice-life-" });
  try {
    const lock = join(folder, "alive");
    assert.equal(isHeld(lock), false);
    const start = (input: number) =>
      startDetached("sleep", ["60"], {
        cwd: folder,
        log: join(folder, "log"),
        env: givenEnvironment(),
        input,
      });
    const process = await startHolding(lock, start);
    for (let i = 0; i < 10; i++) assert.equal(isHeld(lock), true);
    await endProcess(process, 0);
    assert.equal(isHeld(lock), false);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("ensureServer() keeps what it writes from other users, in a directory of before too", () =>
  withRoot(async (root) => {
    const directory = temporalDirectory(root);
    await Deno.mkdir(directory, { mode: 0o755 });
    await Deno.writeTextFile(join(directory, "temporal.db"), ""); // as a killed first start leaves it
    await provideServer(root, { environment });
    await stopServer(directory);
    for (const { name } of Deno.readDirSync(directory)) {
      Deno.chmodSync(join(directory, name), 0o644);
    }
    await provideServer(root, { environment });
    const modeOf = (path: string) => Deno.statSync(path).mode! & 0o777;
    assert.equal(modeOf(directory), 0o700);
    // Its companions are there at some moments only.
    const written = [...Deno.readDirSync(directory)].map(({ name }) => name)
      .filter((name) => /^(temporal\.db.*|server\.json|http\.json)$/.test(name));
    assert(written.length >= 3, written.join());
    for (const name of written) {
      assert.equal(modeOf(join(directory, name)).toString(8), "600", name);
    }
  }));

Deno.test("ensureServer() takes the next free port where its own is taken", () =>
  withRoot(async (root) => {
    const port = await findFreePort(17_233);
    using _listener = Deno.listen({ hostname: "127.0.0.1", port });
    await leaveState(root, await deadPid(), port);
    await provideServer(root, { environment });
    assert.ok(await portOf(root) > port);
  }));

Deno.test("ensureServer() keeps the lock that servers share where its user alone can write", () =>
  withRoot(async (root) => {
    const cache = join(root, "cache"), directory = temporalDirectory(root);
    const executable = () => Promise.resolve("false");
    await assert.rejects(ensureServer(directory, { executable, cache }), MissingToolError);
    assert.equal((await Deno.stat(join(cache, "locks"))).mode! & 0o777, 0o700);
    assert.ok((await Deno.stat(join(cache, "locks", "ports.lock"))).isFile);

    const broken = join(root, "file");
    await Deno.writeTextFile(broken, "");
    const options = { executable, cache: broken };
    await assert.rejects(ensureServer(directory, options), MissingToolError);
  }));

Deno.test("ensureServer() takes no other server for its own where both chose the same ports", () =>
  withRoot((root) =>
    withRoot(async (other) => {
      const real = await obtainTemporal({
        path: environment["PATH"] ?? "",
        cache: cacheDirectory(environment),
      });
      // Slow to listen at its first start, and then late: it ends as a server does that cannot listen.
      const [begun, late, slow] = ["begun", "late", "slow-server"].map((name) => join(root, name));
      await Deno.writeTextFile(
        slow!,
        `#!/bin/sh
[ -e "${begun}" ] && exec "${real}" "$@"
echo > "${begun}"
while [ ! -e "${late}" ]; do sleep 0.1; done
sleep 2
exit 1
`,
        { mode: 0o700 },
      );
      const directory = temporalDirectory(root);
      await leaveState(root, await deadPid(), await findFreePort(18_233));
      // Caches of their own: their locks do not keep them apart, as that of a killed command does not.
      const starting = ensureServer(directory, {
        executable: () => Promise.resolve(slow!),
        cache: join(root, "cache"),
      });
      while (!existsSync(begun!)) await new Promise((resolve) => setTimeout(resolve, 20));
      await leaveState(other, await deadPid(), await portOf(root));
      const first = await ensureServer(temporalDirectory(other), {
        executable: () => Promise.resolve(real),
        cache: join(other, "cache"),
      });
      await Deno.writeTextFile(late!, "");
      const second = await starting;

      assert.notEqual(second.server.address, first.server.address);
      const apis = [temporalDirectory(other), directory].map((path) => readHttpApi(path)!);
      const clusters = apis.map((api) => clusterIdOf(api, "127.0.0.1"));
      const [one, two] = await Promise.all(clusters);
      assert(one !== null && two !== null && one !== two, `${one} ${two}`);
    })
  ));

Deno.test("ensureServer() starts another server where the one that was starting ends", () =>
  withRoot(async (root) => {
    const directory = temporalDirectory(root), ended = join(root, "ended");
    await leaveState(root, await deadPid(), await findFreePort(18_433));
    // As a command leaves it that was killed when it had just started a server.
    const { pid } = await startHolding(
      join(directory, "server.alive"),
      (input) =>
        startDetached("sh", ["-c", `while [ ! -e "${ended}" ]; do sleep 0.1; done`], {
          cwd: root,
          log: join(root, "log"),
          env: givenEnvironment(),
          input,
        }),
    );
    const state = JSON.parse(await Deno.readTextFile(join(directory, "server.json")));
    await Deno.writeTextFile(
      join(directory, "server.json"),
      JSON.stringify({ ...state, pid }),
    );
    const starting = provideServer(root, { environment });
    await Deno.writeTextFile(ended, "");
    assert.equal((await starting).started, true);
  }));

Deno.test("withPortsLock() lets one start at a time, and uses the first folder that can be written", () =>
  withRoot(async (root) => {
    const [file, folder] = [join(root, "file"), join(root, "folder")];
    await Deno.writeTextFile(file, "");
    let running = 0;
    const work = async () => {
      assert.equal(++running, 1);
      await new Promise((resolve) => setTimeout(resolve));
      running--;
    };
    const start = () => withPortsLock([file, folder], work);
    await Promise.all(Array.from({ length: 8 }, start));
    assert((await Deno.stat(join(folder, "locks", "ports.lock"))).isFile);
    await withPortsLock([file], work); // without a lock
  }));

Deno.test("findFreePort() skips ports that something listens on", async () => {
  const first = await findFreePort(27_233);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(first, "127.0.0.1", resolve));
  assert.ok(await findFreePort(first) > first);
  await new Promise((resolve) => server.close(resolve));
});

Deno.test("currentServer() says how to start one where none runs", () =>
  withRoot(async (root) => {
    await assert.rejects(currentServer(root, environment), (error) => {
      assert.ok(error instanceof MissingToolError);
      assert.match(error.message, /found neither: start one with "deno task up"/);
      return true;
    });
  }));

Deno.test("ensureServer() listens where it is asked to, and keeps to it", () =>
  withRoot(async (root) => {
    const { server } = await provideServer(root, { environment, host: "0.0.0.0" });
    assert.match(server.address, /^127\.0\.0\.1:/); // where this machine reaches it
    assert.equal((await provideServer(root, { environment })).started, false);
    await assert.rejects(provideServer(root, { environment, host: "127.0.0.1" }), {
      name: "InvalidInputError",
      message: /found one that listens on 0\.0\.0\.0: stop it by "deno task down" first/,
    });
  }));

Deno.test("a database is journaled ahead on file systems of one machine alone", () => {
  const ext4 = 0xef53, nfs = 0x6969, cifs = 0xff534d42, lustre = 0x0bd00bd0;
  assert.deepEqual([ext4, nfs, cifs, lustre].map(journalMode), [
    "wal",
    "delete",
    "delete",
    "delete",
  ]);
});
