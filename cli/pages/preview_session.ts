import { z } from "zod";
import { InvalidInputError, messageOf } from "../../core/errors.ts";
import { isInteractive, isViewable, LiveEpisode, type LiveOptions } from "../../sim/mod.ts";
import type { PreviewCommand, PreviewMessage, PreviewState } from "../../view/preview_messages.ts";

/** Interval between two looks at the clock while time runs (ms). */
const TICK = 16;
/** Simulation time after which messages are read; steps due beyond that are dropped (ms). */
const BUDGET = 30;
/** Characters of the longest question: a few numbers. */
const MAX_COMMAND = 4096;
/** Bytes that wait for a page that does not read: beyond that it misses states. */
const MAX_WAITING = 1 << 18;
/** The largest coordinate that is accepted, in either unit (m or px). */
const FAR = 1e4;

const name = z.string().max(200);

const COMMAND = z.discriminatedUnion("do", [
  z.strictObject({ do: z.literal("begin"), candidate: z.int().min(0).max(2 ** 31) }),
  z.strictObject({ do: z.literal("step") }),
  z.strictObject({ do: z.literal("run") }),
  z.strictObject({ do: z.literal("pause") }),
  z.strictObject({ do: z.literal("speed"), speed: z.number().min(0.01).max(100) }),
  z.strictObject({ do: z.literal("control"), policy: name.nullable() }),
  z.strictObject({ do: z.literal("ask"), component: z.int().min(0), value: z.number() }),
  z.strictObject({
    do: z.literal("move"),
    name,
    position: z.array(z.number().min(-FAR).max(FAR)).min(2).max(3),
  }),
]) satisfies z.ZodType<PreviewCommand>;

/** A live environment of one open page: it begins with the connection and ends with it. */
export class PreviewSession {
  readonly #socket: WebSocket;
  readonly #options: LiveOptions;
  readonly #ready: Promise<LiveEpisode>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #speed = 1;
  #isRunning = false;
  /** Clock time of the previous update (ms), and the control steps due since. */
  #last = 0;
  #due = 0;

  constructor(socket: WebSocket, options: LiveOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#ready = new Promise((resolve) => socket.addEventListener("open", resolve))
      .then(() => LiveEpisode.open(options));
    socket.addEventListener("open", () => this.#attempt((live) => this.#sendEpisode(live)));
    socket.addEventListener("message", ({ data }) => this.#attempt((live) => this.#do(live, data)));
    socket.addEventListener("close", () => this.#end());
  }

  /** Ends the connection, and the environment with it. */
  close(): void {
    this.#pause();
    this.#socket.close();
  }

  /** Acts in the order of messages; an error is reported to the page, and stops time. */
  async #attempt(act: (live: LiveEpisode) => void): Promise<void> {
    try {
      act(await this.#ready);
    } catch (error) {
      this.#pause();
      this.#send({ kind: "refused", message: messageOf(error) });
    }
  }

  #do(live: LiveEpisode, data: unknown): void {
    const command = readCommand(data);
    switch (command.do) {
      case "begin":
        live.begin(command.candidate);
        this.#due = 0;
        return this.#sendEpisode(live);
      case "step":
        this.#pause();
        live.step();
        break;
      case "run":
        this.#run(live);
        break;
      case "pause":
        this.#pause();
        break;
      case "speed":
        this.#speed = command.speed;
        break;
      case "control":
        live.control(command.policy);
        break;
      case "ask":
        live.setComponent(command.component, command.value);
        break;
      case "move":
        live.move(command.name, command.position);
        // A page that holds something while time runs says so at every state.
        if (this.#isRunning) return;
    }
    this.#sendState(live);
  }

  #run(live: LiveEpisode): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#last = performance.now();
    this.#due = 0;
    this.#schedule(live);
  }

  #pause(): void {
    this.#isRunning = false;
    clearTimeout(this.#timer);
  }

  #schedule(live: LiveEpisode): void {
    this.#timer = setTimeout(() => this.#attempt(() => this.#tick(live)), TICK);
  }

  /** The control steps that are due by the clock. */
  #tick(live: LiveEpisode): void {
    const now = performance.now(), wasOver = live.state.end !== null;
    this.#due += (now - this.#last) / 1000 * this.#options.environment.controlHz * this.#speed;
    this.#last = now;
    let done = 0;
    while (this.#due >= 1 && this.#isRunning) {
      live.step();
      this.#due--;
      done++;
      if (live.state.end !== null && !wasOver) this.#pause();
      if (performance.now() - now > BUDGET) this.#due = 0; // slower than real time, but not in debt
    }
    if (this.#isRunning) this.#schedule(live);
    if (done > 0) this.#sendState(live);
  }

  #sendEpisode(live: LiveEpisode): void {
    const drawing = isViewable(live.world) ? live.world.drawing() : null;
    this.#send({ kind: "episode", drawing, state: this.#stateOf(live) });
  }

  #sendState(live: LiveEpisode): void {
    if (this.#isRunning && this.#socket.bufferedAmount > MAX_WAITING) return;
    this.#send({ kind: "state", state: this.#stateOf(live) });
  }

  #send(message: PreviewMessage): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #stateOf({ state, world }: LiveEpisode): PreviewState {
    const { observation, action } = state;
    return {
      ...state,
      observation: Array.from(observation, shorten),
      action: Array.from(action, shorten),
      isRunning: this.#isRunning,
      quantities: (this.#options.environment.quantities ?? [])
        .map((quantity) => Array.from(quantity.of(observation), shorten)),
      draggableBodies: isInteractive(world) ? world.draggableBodies() : [],
      poses: isViewable(world) ? Array.from(world.poses(), shorten) : [],
    };
  }

  async #end(): Promise<void> {
    this.#pause();
    const live = await this.#ready.catch(() => null);
    live?.[Symbol.dispose]();
  }
}

/** @throws {InvalidInputError} If it is none */
function readCommand(data: unknown): PreviewCommand {
  const action = "do what the page asks";
  if (typeof data !== "string" || data.length > MAX_COMMAND) {
    const expected = `a text of ${MAX_COMMAND} characters at most`;
    throw new InvalidInputError({ action, expected });
  }
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch (error) {
    throw new InvalidInputError({ action, expected: "JSON", found: messageOf(error) });
  }
  const { success, data: command, error } = COMMAND.safeParse(value);
  if (success) return command;
  const [issue] = error.issues;
  const problem = `${issue?.path.join(".") || "it"}: ${issue?.message}`;
  throw new InvalidInputError({ action, problem });
}

/** A number with the digits that can be seen, in a message of a few kB. */
function shorten(value: number): number {
  return Number(value.toPrecision(6));
}
