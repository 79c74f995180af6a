import type { ColumnData } from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { cameraRows, type EpisodeOrigin, LiveEpisode } from "../../sim/mod.ts";
import { FLAG } from "./layout.ts";
import type { EpisodeRequest } from "./requests.ts";
import type { ServedEnvironment } from "./served_environment.ts";

/** Arrays of an answer, by name. */
export type AnswerArrays = Readonly<Record<string, ColumnData>>;

/** A number, or a row of them. */
type Value = ArrayLike<number> | number | boolean;

/** One world of a client, and its row in the arrays of answers. */
export class ServedWorld implements Disposable {
  readonly #served: ServedEnvironment;
  readonly #live: LiveEpisode;
  readonly #rows: RowWriter;
  /** Seed and stream of its episodes; null before the first. */
  #origin: EpisodeOrigin | null = null;
  #stride = 1;
  #isOver = false;

  /** @param row Its row in the arrays */
  static async open(
    served: ServedEnvironment,
    arrays: AnswerArrays,
    row: number,
  ): Promise<ServedWorld> {
    const { environment, randomize, policy, maxSteps } = served;
    const start = { seed: 0, stream: "start" };
    const live = await LiveEpisode.open({ environment, randomize, policy, maxSteps, ...start });
    return new ServedWorld(served, live, { arrays, row });
  }

  private constructor(
    served: ServedEnvironment,
    live: LiveEpisode,
    { arrays, row }: { readonly arrays: AnswerArrays; readonly row: number },
  ) {
    this.#served = served;
    this.#live = live;
    this.#rows = new RowWriter(arrays, row);
  }

  /** Whether an episode has begun. */
  get hasBegun(): boolean {
    return this.#origin !== null;
  }

  /**
   * Begins the episode that a client asks for.
   *
   * @throws {InvalidInputError} If it asks for the next of none
   */
  reset({ origin, candidate, stride }: EpisodeRequest): void {
    if (origin === null && this.#origin === null) {
      throw new InvalidInputError(
        "Cannot reset: expected a seed for the first episode, found none",
      );
    }
    this.#origin = origin ?? this.#origin;
    this.#stride = stride;
    this.#begin(candidate ?? (origin === null ? this.#next() : 0));
    this.#rows.write("reward", 0);
    this.#writeBegun(0);
  }

  /**
   * Advances by one step, or begins the next episode, as the client chose.
   *
   * @param action `[m]`, finite
   * @returns Whether an episode began
   */
  step(action: Float32Array): boolean {
    const { autoreset } = this.#served;
    if (autoreset === "next-step" && this.#isOver) {
      this.#begin(this.#next());
      this.#rows.write("reward", 0);
      this.#writeBegun(0);
      return true;
    }
    this.#live.act(action);
    const { reward, end, success } = this.#live.state;
    let flags = success ? FLAG.success : 0;
    if (end === "terminated") flags |= FLAG.terminated;
    else if (end !== null) flags |= FLAG.truncated;
    if (end === "diverged") flags |= FLAG.diverged;
    this.#isOver = end !== null;
    this.#rows.write("reward", reward ?? 0);
    if (!this.#isOver || autoreset !== "same-step") {
      this.#rows.write("flags", flags);
      this.#writeState("");
      return false;
    }
    this.#writeState("final/");
    this.#begin(this.#next());
    this.#writeBegun(flags);
    return true;
  }

  /** Returns the action that its policy would take now. */
  ask(): Float32Array | null {
    return this.#live.ask();
  }

  render(): Uint8Array {
    const { width, height } = this.#served.picture ?? { width: 0, height: 0 };
    return this.#live.world.render({ width, height });
  }

  snapshot(): Float64Array {
    return this.#live.world.snapshot();
  }

  [Symbol.dispose](): void {
    this.#live[Symbol.dispose]();
  }

  #next(): number {
    return this.#live.state.candidate + this.#stride;
  }

  #begin(candidate: number): void {
    this.#live.begin(candidate, this.#origin!); // set before the first
    this.#isOver = false;
  }

  /** Writes the start of an episode. @param flags Of the step that led to it */
  #writeBegun(flags: number): void {
    const { draw, state } = this.#live;
    this.#rows.write("flags", flags | FLAG.began);
    this.#rows.write("seed", this.#origin!.seed); // as for its episode
    this.#rows.write("candidate", state.candidate);
    for (const name in draw) this.#rows.write(`randomization/${name}`, draw[name]!);
    this.#writeState("");
  }

  /** Writes what is seen now. */
  #writeState(prefix: "" | "final/"): void {
    const { world, state } = this.#live;
    this.#rows.write(`${prefix}observation`, state.observation);
    const info = world.info?.();
    for (const name in info) this.#rows.write(`${prefix}info/${name}`, info[name]!);
    if (this.#served.cameras.length === 0) return;
    const images = cameraRows(world, this.#served.cameras);
    for (const name in images) this.#rows.write(prefix + name, images[name]!);
  }
}

/** Writes one row of some arrays. */
class RowWriter {
  readonly #targets: ReadonlyMap<string, { readonly data: ColumnData; readonly start: number }>;

  constructor(arrays: AnswerArrays, row: number) {
    const { length: worlds } = arrays["flags"]!; // every layout has it, a number a world
    this.#targets = new Map(
      Object.entries(arrays).map(([name, data]) => [
        name,
        { data, start: row * data.length / worlds },
      ]),
    );
  }

  write(name: string, value: Value): void {
    const target = this.#targets.get(name);
    if (target === undefined) return;
    const { data, start } = target;
    if (typeof value !== "object") {
      if (data instanceof BigInt64Array) data[start] = BigInt(value);
      else data[start] = Number(value);
    } else if (data instanceof BigInt64Array) {
      for (let i = 0; i < value.length; i++) data[start + i] = BigInt(value[i]!);
    } else {
      data.set(value, start);
    }
  }
}
