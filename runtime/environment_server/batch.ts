import { rowSize } from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { aligned, FRAME, HEADER_BYTES, writeHeader } from "../../core/frame.ts";
import { type Layout, layoutOf, LEAST_BYTES, viewOf } from "./layout.ts";
import { readReset, readRows, readWorld } from "./requests.ts";
import type { ServedEnvironment } from "./served_environment.ts";
import { type AnswerArrays, ServedWorld } from "./served_world.ts";

/** Range of a client's worlds on one thread. */
export interface WorldRange {
  readonly first: number;
  readonly count: number;
  /** Number of all. */
  readonly of: number;
}

/**
 * Batch of worlds that one thread steps, and the frame in which it answers: a row for each of them.
 */
export class WorldBatch implements Disposable {
  readonly #served: ServedEnvironment;
  readonly #range: WorldRange;
  readonly #layout: Layout;
  readonly #worlds: readonly ServedWorld[];
  /** Holds the last answer, its header included. */
  readonly frame: ArrayBufferLike;

  /** @param frame Of {@linkcode frameBytes} bytes */
  static async open(
    served: ServedEnvironment,
    range: WorldRange,
    frame: ArrayBufferLike,
  ): Promise<WorldBatch> {
    const layout = layoutOf(served, range.count);
    const arrays: AnswerArrays = Object.fromEntries(
      layout.arrays.map((spec) => [spec.name, viewOf(frame, spec)]),
    );
    const opened: ServedWorld[] = [];
    for (let row = 0; row < range.count; row++) {
      opened.push(await ServedWorld.open(served, arrays, row));
    }
    return new WorldBatch({ served, range, worlds: opened, layout, frame });
  }

  private constructor(
    { served, range, worlds, layout, frame }: {
      readonly served: ServedEnvironment;
      readonly range: WorldRange;
      readonly worlds: readonly ServedWorld[];
      readonly layout: Layout;
      readonly frame: ArrayBufferLike;
    },
  ) {
    this.#served = served;
    this.#range = range;
    this.#layout = layout;
    this.#worlds = worlds;
    this.frame = frame;
  }

  /**
   * Does what a request asks for of these worlds, whoever has the others, and writes the answer into
   * {@linkcode frame}.
   *
   * @returns Bytes of the answer, its header included
   * @throws {InvalidInputError} If the request is wrong
   */
  answer(type: number, payload: Uint8Array): number {
    switch (type) {
      case FRAME.reset: {
        const { first, of } = this.#range;
        for (const request of readReset(payload, of)) {
          this.#worlds[request.world - first]?.reset(request);
        }
        return this.#seal(type, this.#layout.beganBytes);
      }
      case FRAME.step:
        return this.#seal(type, this.#step(payload));
      case FRAME.render:
        return this.#put(type, this.#world(payload).render());
      case FRAME.act:
        return this.#act(type);
      case FRAME.state: {
        const state = this.#world(payload).snapshot();
        return this.#put(type, new Uint8Array(state.buffer, state.byteOffset, state.byteLength));
      }
      default:
        throw new InvalidInputError(
          `Cannot answer a frame of type ${type}: expected one of docs/python_protocol.md`,
        );
    }
  }

  [Symbol.dispose](): void {
    for (const world of this.#worlds) world[Symbol.dispose]();
  }

  /** @returns Bytes of the answer */
  #step(payload: Uint8Array): number {
    const { first, of } = this.#range, size = this.#actionSize();
    const actions = readRows(payload, { verb: "step", what: "action", worlds: of, size });
    for (const world of this.#worlds) requireBegun(world);
    let began = false;
    for (let row = 0; row < this.#worlds.length; row++) {
      const start = (first + row) * size;
      began = this.#worlds[row]!.step(actions.subarray(start, start + size)) || began;
    }
    return began ? this.#layout.beganBytes : this.#layout.stepBytes;
  }

  #act(type: number): number {
    const size = this.#actionSize();
    const actions = new Float32Array(size * this.#worlds.length);
    this.#worlds.forEach((world, row) => {
      requireBegun(world);
      const action = world.ask();
      if (action === null) {
        throw new InvalidInputError(
          "Cannot ask the policy: expected one that was named at the start, found none: " +
            `name one of ${this.#served.environment.policies.join(", ")}`,
        );
      }
      actions.set(action, row * size);
    });
    return this.#put(type, new Uint8Array(actions.buffer));
  }

  #actionSize(): number {
    return rowSize(this.#served.environment.action.shape);
  }

  #world(payload: Uint8Array): ServedWorld {
    const { first, of } = this.#range;
    const world = this.#worlds[readWorld(payload, of) - first]!; // asked of the thread that has it
    requireBegun(world);
    return world;
  }

  #put(type: number, bytes: Uint8Array): number {
    new Uint8Array(this.frame, HEADER_BYTES).set(bytes);
    return this.#seal(type, bytes.length);
  }

  #seal(type: number, length: number): number {
    writeHeader(this.frame, { length, type });
    return HEADER_BYTES + length;
  }
}

/** Bytes that the largest answer of some worlds takes, its header included. */
export function frameBytes(served: ServedEnvironment, worlds: number): number {
  const { width = 0, height = 0 } = served.picture ?? {};
  const { action, stateSize } = served.environment;
  return HEADER_BYTES + aligned(Math.max(
    LEAST_BYTES,
    layoutOf(served, worlds).beganBytes,
    3 * width * height,
    4 * rowSize(action.shape) * worlds,
    8 * stateSize,
  ));
}

function requireBegun({ hasBegun }: ServedWorld): void {
  if (hasBegun) return;
  throw new InvalidInputError("Cannot step: expected an episode, found none: reset first");
}
