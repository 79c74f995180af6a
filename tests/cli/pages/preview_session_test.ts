import assert from "node:assert/strict";
import { PreviewSession } from "../../../cli/pages/preview_session.ts";
import { type EnvironmentDefinition, getEnvironment } from "../../../sim/mod.ts";
import type {
  PreviewCommand,
  PreviewMessage,
  PreviewState,
} from "../../../view/preview_messages.ts";

/** Reach, whose worlds say when they are disposed of. */
function watchedReach() {
  const reach = getEnvironment("reach"), { promise: disposed, resolve } = Promise.withResolvers();
  const environment: EnvironmentDefinition = {
    ...reach,
    async create(options) {
      const world = await reach.create(options);
      const dispose = world[Symbol.dispose].bind(world);
      world[Symbol.dispose] = () => resolve(dispose());
      return world;
    },
  };
  return { environment, disposed };
}

/** Serves sessions as the command does, on a free port. */
function serveSessions(environment: EnvironmentDefinition) {
  const options = { seed: 7, stream: "generate", randomize: true, policy: "scripted" } as const;
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    new PreviewSession(socket, { environment, ...options });
    return response;
  });
}

/** A page without a browser. */
class Client {
  readonly #socket: WebSocket;
  readonly #messages: PreviewMessage[] = [];
  #arrived = Promise.withResolvers<void>();

  constructor({ addr }: Deno.HttpServer<Deno.NetAddr>) {
    this.#socket = new WebSocket(`ws://127.0.0.1:${addr.port}/`);
    this.#socket.onmessage = ({ data }) => {
      this.#messages.push(JSON.parse(data));
      this.#arrived.resolve();
    };
  }

  send(command: PreviewCommand | string): void {
    this.#socket.send(typeof command === "string" ? command : JSON.stringify(command));
  }

  async next(): Promise<PreviewMessage> {
    while (this.#messages.length === 0) {
      await this.#arrived.promise;
      this.#arrived = Promise.withResolvers();
    }
    return this.#messages.shift()!;
  }

  /** The next state. */
  async state(): Promise<PreviewState> {
    const message = await this.next();
    assert.ok(message.kind !== "refused", JSON.stringify(message));
    return message.state;
  }

  async refusal(): Promise<string> {
    const message = await this.next();
    return message.kind === "refused" ? message.message : assert.fail(message.kind);
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#socket.onclose = resolve);
    this.#socket.close();
    await closed;
  }
}

Deno.test("PreviewSession gives every page an environment of its own, which ends with it", async () => {
  const { environment, disposed } = watchedReach();
  await using server = serveSessions(environment);
  const first = new Client(server);
  const begun = await first.state();
  assert.deepEqual([begun.candidate, begun.step, begun.isRunning], [0, 0, false]);
  const second = new Client(server);
  assert.deepEqual(await second.state(), begun, "the same candidate, as it begins");
  first.send({ do: "run" });
  while ((await first.state()).step < 3);
  second.send({ do: "step" });
  assert.equal((await second.state()).step, 1);
  await first.close(); // while time runs
  await disposed;
  second.send({ do: "step" });
  assert.equal((await second.state()).step, 2);
  await second.close();
});

Deno.test("PreviewSession runs until the episode is over, and beyond when asked again", async () => {
  await using server = serveSessions(getEnvironment("reach"));
  const client = new Client(server);
  await client.state();
  client.send({ do: "speed", speed: 100 });
  client.send({ do: "run" });
  let state = await client.state();
  while (state.end === null) state = await client.state();
  assert.deepEqual([state.end, state.isRunning, state.success], ["terminated", false, true]);
  client.send({ do: "run" });
  assert.equal((await client.state()).isRunning, true);
  while (state.step < 200) state = await client.state();
  client.send({ do: "begin", candidate: 1 });
  while (state.candidate === 0) state = await client.state();
  assert.deepEqual([state.candidate, state.step, state.end], [1, 0, null]);
  await client.close();
});

Deno.test("PreviewSession says what is wrong with a question, and goes on", async () => {
  await using server = serveSessions(getEnvironment("reach"));
  const client = new Client(server);
  await client.state();
  for (
    const [question, reason] of [
      ["{", /expected JSON/],
      [`{"do": "fly"}`, /do: /],
      [`{"do": "move", "name": "target", "position": [1e9, 0, 0]}`, /position\.0: /],
      [`{"do": "move", "name": "table", "position": [0, 0, 0]}`, /Cannot move "table"/],
      [`{"do": "ask", "component": 9, "value": 0}`, /component/],
      [`{"do": "control", "policy": "clever"}`, /Cannot create policy "clever"/],
      [" ".repeat(5000), /4096 characters/],
    ] as const
  ) {
    client.send(question);
    assert.match(await client.refusal(), reason);
  }
  client.send({ do: "step" });
  assert.equal((await client.state()).step, 1);
  await client.close();
});
