import { serializeError, SluiceError } from "../../core/errors.ts";
import { encodeJson, FRAME, type Frame, HEADER_BYTES, PROTOCOL } from "../../core/frame.ts";
import { viewsOf } from "../../sim/mod.ts";
import config from "../../deno.json" with { type: "json" };
import { frameBytes, WorldBatch } from "./batch.ts";
import { readHello } from "./hello.ts";
import { layoutOf } from "./layout.ts";
import { type ServedEnvironment, serveEnvironmentOf } from "./served_environment.ts";
import { WorldThreads } from "./threads.ts";

/** A client on the other side of two descriptors. Both calls block. */
export interface Channel {
  /** The next frame; null where the client is gone. */
  receive(): Frame | null;
  send(type: number, payload: Uint8Array): void;
  /** Sends bytes that have a header already. */
  sendFrame(bytes: Uint8Array): void;
}

/** Answerer of requests for worlds, or for a policy. */
export interface Answerer extends Disposable {
  readonly frame: ArrayBufferLike;
  answer(type: number, payload: Uint8Array): number;
}

/**
 * Serves one client until it is gone: first a handshake, then an answer to each request.
 *
 * @param onFault Takes what is not the client's fault
 */
export async function serveEnvironment(
  channel: Channel,
  onFault: (error: unknown) => void,
): Promise<void> {
  const first = channel.receive();
  if (first === null) return;
  let session: OpenSession;
  try {
    session = await openSession(first);
  } catch (error) {
    sendError(channel, error, onFault);
    return;
  }
  using worlds = session.worlds;
  channel.send(FRAME.welcome, encodeJson(session.welcome));
  const answer = new Uint8Array(worlds.frame);
  for (let request = channel.receive(); request !== null; request = channel.receive()) {
    try {
      const bytes = worlds.answer(request.type, request.payload);
      channel.sendFrame(answer.subarray(0, bytes));
    } catch (error) {
      sendError(channel, error, onFault);
    }
  }
}

interface OpenSession {
  readonly worlds: Answerer;
  readonly welcome: Readonly<Record<string, unknown>>;
}

async function openSession({ payload }: Frame): Promise<OpenSession> {
  const hello = readHello(payload);
  if ("storedPolicy" in hello) {
    // Loaded on use: environments need nothing of what learns.
    const { ServedPolicy } = await import("./served_policy.ts");
    const policy = await ServedPolicy.open(hello);
    const largestFrame = policy.frame.byteLength - HEADER_BYTES;
    const { version } = config;
    return {
      worlds: policy,
      welcome: { protocol: PROTOCOL, version, largestFrame, policy: policy.describe() },
    };
  }
  const served = await serveEnvironmentOf(hello);
  const { worlds = 1, threads = 1 } = hello;
  const welcome = welcomeOf(served, worlds);
  const most = Math.min(threads, worlds);
  if (most > 1) {
    return { welcome, worlds: await WorldThreads.open({ hello, served, worlds, threads: most }) };
  }
  const frame = new ArrayBuffer(frameBytes(served, worlds));
  const all = { first: 0, count: worlds, of: worlds };
  return { welcome, worlds: await WorldBatch.open(served, all, frame) };
}

/** Returns the description of an environment for its client. */
function welcomeOf(served: ServedEnvironment, worlds: number) {
  const { environment, cameraFields, maxSteps, selected } = served;
  const { name, description, controlHz, observation, action, info = [], policies } = environment;
  return {
    protocol: PROTOCOL,
    version: config.version,
    picture: served.picture,
    largestFrame: frameBytes(served, worlds) - HEADER_BYTES,
    environment: {
      name,
      description,
      controlHz,
      maxSteps,
      observation,
      action,
      info,
      cameras: cameraFields,
      randomization: selected.map(({ name, shape }) => ({ name, shape })),
      policies,
      views: viewsOf(environment),
      options: environment.chosen ?? {},
    },
    ...layoutOf(served, worlds),
  };
}

function sendError(channel: Channel, error: unknown, onFault: (error: unknown) => void): void {
  if (!(error instanceof SluiceError)) onFault(error);
  const { name, message } = serializeError(error);
  channel.send(FRAME.error, encodeJson({ name, message }));
}
