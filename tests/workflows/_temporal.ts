import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "@temporalio/client";
import { type NativeConnection, Worker } from "@temporalio/worker";
import type { Activities } from "../../activities/types.ts";
import { codeDigest } from "../../runtime/prepare/build_digest.ts";
import { provideServer, temporalDirectory } from "../../runtime/services/services.ts";
import { workflowBundle as bundleOf } from "../../runtime/bundles/workflow_bundle.ts";
import { connect, type ServerAddress } from "../../infra/temporal/connection.ts";
import { stopServer } from "../../infra/temporal/server.ts";
import type { Queues } from "../../workflows/types.ts";

const environment = Deno.env.toObject();

/** The workflows as one script, bundled once a build. */
export async function workflowBundle(): Promise<{ readonly codePath: string }> {
  return { codePath: await bundleOf(SCRATCH, codeDigest(), environment) };
}

/** Directory of the bundle if nothing can be written to the cache. */
const SCRATCH = join(tmpdir(), "sluice-tests");

/** A Temporal server on a directory of its own, with a client. */
export class TestServer implements AsyncDisposable {
  readonly client: Client;
  readonly root: string;
  readonly address: ServerAddress;
  readonly connection: NativeConnection;

  private constructor(root: string, address: ServerAddress, connection: NativeConnection) {
    this.root = root;
    this.address = address;
    this.connection = connection;
    this.client = new Client({ connection });
  }

  static async start(): Promise<TestServer> {
    const root = await Deno.makeTempDir({ prefix: "sluice-temporal-" });
    const { server } = await provideServer(root, { environment });
    return new TestServer(root, server, await connect(server));
  }

  /** Runs `use` while workers with the given activities serve queues of their own. */
  async withWorkers<Result>(
    activities: Activities,
    use: (queues: Queues) => Promise<Result>,
  ): Promise<Result> {
    const id = crypto.randomUUID();
    const queues = { simulate: `${id}-simulate`, learn: `${id}-learn` };
    const common = { connection: this.connection, activities: { ...activities } };
    const simulate = await Worker.create({
      ...common,
      taskQueue: queues.simulate,
      workflowBundle: await workflowBundle(),
    });
    const learn = await Worker.create({ ...common, taskQueue: queues.learn });
    return await simulate.runUntil(() => learn.runUntil(() => use(queues)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.connection.close();
    await stopServer(temporalDirectory(this.root));
    await Deno.remove(this.root, { recursive: true });
  }
}
