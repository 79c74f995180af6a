import assert from "node:assert/strict";
import { join } from "node:path";
import { ThreadPool } from "../../../activities/mod.ts";
import { ThreadBundle } from "../../../runtime/bundles/thread_bundle.ts";
import { codeDigest } from "../../../runtime/prepare/build_digest.ts";
import { JobRoot } from "../../activities/_job.ts";

/** A user's cache of its own, removed when disposed of. */
class Cache implements AsyncDisposable {
  readonly environment: Readonly<Record<string, string>>;
  readonly folder: string;

  constructor(readonly path = Deno.makeTempDirSync({ prefix: "sluice-cache-" })) {
    this.environment = { ...Deno.env.toObject(), XDG_CACHE_HOME: path };
    this.folder = join(path, "sluice/threads");
  }

  names(): readonly string[] {
    return Array.from(Deno.readDirSync(this.folder), ({ name }) => name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}

Deno.test("a thread of the bundle computes and fails as one of the sources does", async (t) => {
  await using cache = new Cache(); // of the common one, another test may be making it
  const bundle = new ThreadBundle(codeDigest(), cache.environment);
  await bundle.make();
  assert.ok(bundle.entry !== undefined, "no bundle was made");
  await using job = await JobRoot.open();
  const digests: string[] = [], failures: Error[] = [];
  for (const entry of [undefined, bundle.entry]) {
    const root = await Deno.makeTempDir({ prefix: "sluice-bundle-" });
    const pool = new ThreadPool({ root, modules: [], size: 1, entry: () => entry });
    const { stage, ...task } = job.task("generate");
    const work = { ...task, lastShard: 1, cachedShards: 0, seconds: 1, threadSeconds: 1 };
    for (const shard of [0, 1]) await pool.run("generate", { ...task, stage, shard });
    digests.push((await pool.run("commitShards", { ...work, stage })).digest);
    const wrong = { ...stage, parameters: { ...stage.parameters, environment: "raech" } };
    await pool.run("generate", { ...task, stage: wrong, shard: 2 }).catch((error) =>
      failures.push(error)
    );
    await pool.close();
    await Deno.remove(root, { recursive: true });
  }
  await bundle.end();

  await t.step("the same bytes", () => assert.equal(digests[0], digests[1]));
  await t.step("an error of the same class and text", () => {
    const [sources, bundled] = failures;
    assert.equal(bundled!.constructor, sources!.constructor);
    assert.equal(bundled!.message, sources!.message);
    assert.match(bundled!.stack!, /activities\/stages\/\w+\.ts:\d+/);
  });
});

Deno.test("ThreadBundle.make()", async (t) => {
  await using cache = new Cache();
  const bundle = new ThreadBundle("code", cache.environment);

  await t.step("makes nothing while another process does", async () => {
    await Deno.mkdir(cache.folder, { recursive: true });
    using lock = await Deno.open(join(cache.folder, "lock"), { write: true, create: true });
    await lock.lock(true);
    await bundle.make();
    assert.deepEqual(cache.names(), ["lock"]);
    assert.equal(bundle.entry, undefined);
  });

  await t.step("ends what it began with the process that needs it", async () => {
    bundle.begin();
    await bundle.end();
    assert.deepEqual(cache.names(), ["lock"]);
  });

  await t.step("removes what a killed process left, and old bundles that nobody uses", async () => {
    const old = Array.from({ length: 12 }, (_, i) => i.toString(16).padStart(16, "0"));
    for (const name of old) {
      await Deno.mkdir(join(cache.folder, name));
      await Deno.writeTextFile(join(cache.folder, name, "users.lock"), "");
      await Deno.utime(join(cache.folder, name), 1000, 1000 + parseInt(name, 16));
    }
    await Deno.mkdir(join(cache.folder, ".killed.tmp"));
    using user = await Deno.open(join(cache.folder, old[0]!, "users.lock"));
    await user.lock(false);
    await new ThreadBundle("code", cache.environment).make();
    assert.ok(bundle.entry !== undefined);
    const kept = cache.names().filter((name) => old.includes(name)).sort();
    // The nine newest beside the one just made, and the one in use.
    assert.deepEqual(kept, [old[0], ...old.slice(3)]);
    assert.ok(!cache.names().some((name) => name.endsWith(".tmp")));
  });

  await t.step("makes one for each version of the code", () => {
    assert.equal(new ThreadBundle("other code", cache.environment).entry, undefined);
  });
  await bundle.end();
});

Deno.test("ThreadBundle.make() does without where the cache cannot be written", async () => {
  await using cache = new Cache();
  await Deno.writeTextFile(join(cache.path, "sluice"), "a file");
  const bundle = new ThreadBundle("code", cache.environment);
  await bundle.make();
  assert.equal(bundle.entry, undefined);
});
