import assert from "node:assert/strict";
import { encodeJson, FRAME, type Frame, PROTOCOL } from "../../../core/frame.ts";
import { type ArraySpec, viewOf } from "../../../runtime/environment_server/layout.ts";
import { type Channel, serveEnvironment } from "../../../runtime/environment_server/session.ts";
import config from "../../../deno.json" with { type: "json" };

/** A client's side of a session: yields what it sends, and is given the answer. */
export type Conversation = Generator<Frame, void, Frame>;

/** Serves a conversation. @returns What was no fault of the client */
export async function converse(conversation: Conversation): Promise<readonly unknown[]> {
  const faults: unknown[] = [];
  let next = conversation.next();
  const answer = (type: number, payload: Uint8Array) => {
    next = conversation.next({ type, payload: payload.slice() });
  };
  const channel: Channel = {
    receive: () => next.done ? null : next.value,
    send: answer,
    sendFrame: (bytes) => {
      const type = new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true);
      answer(type, bytes.subarray(8));
    },
  };
  await serveEnvironment(channel, (error) => faults.push(error));
  assert.equal(next.done, true, "the conversation came to its end");
  return faults;
}

/** A frame of JSON. */
export function jsonFrame(type: number, value: unknown): Frame {
  return { type, payload: encodeJson(value) };
}

/** The first frame of a client of this version. */
export function helloFrame(more: Readonly<Record<string, unknown>>): Frame {
  return jsonFrame(FRAME.hello, { protocol: PROTOCOL, version: config.version, ...more });
}

/** JSON of an answer, of which the test knows the fields. */
export function readJson({ payload }: Frame) {
  return JSON.parse(new TextDecoder().decode(payload));
}

/** Begins an episode in a world; −1 keeps or continues. */
export function resetFrame(
  { world = 0, seed, candidate = -1, stride = 1, stream = "generate" }: {
    readonly world?: number;
    readonly seed: number;
    readonly candidate?: number;
    readonly stride?: number;
    readonly stream?: string;
  },
): Frame {
  const text = new TextEncoder().encode(stream);
  const payload = new Uint8Array(32 + Math.ceil(text.length / 8) * 8);
  const view = new DataView(payload.buffer);
  view.setUint32(0, world, true);
  view.setUint32(4, text.length, true);
  [seed, candidate, stride].forEach((value, i) => view.setFloat64(8 + 8 * i, value, true));
  payload.set(text, 32);
  return { type: FRAME.reset, payload };
}

/** Frames one behind another as one, of episodes in several worlds. */
export function resetFrames(frames: readonly Frame[]): Frame {
  return {
    type: FRAME.reset,
    payload: Uint8Array.from(frames.flatMap(({ payload }) => [...payload])),
  };
}

/** A step of all worlds. */
export function stepFrame(actions: readonly number[]): Frame {
  return { type: FRAME.step, payload: new Uint8Array(Float32Array.from(actions).buffer) };
}

/** An array of an answer as plain numbers. */
export function arrayOf({ payload }: Frame, arrays: readonly ArraySpec[], name: string): number[] {
  const spec = arrays.find((spec) => spec.name === name)!; // the test names one that is there
  const frame = new Uint8Array(8 + payload.length);
  frame.set(payload, 8);
  return Array.from(viewOf(frame.buffer, spec), Number);
}
