import type { RandomGenerator } from "../../core/random.ts";

/** Commands for the robot, by the numbers that datasets store; 0 stands for none. */
export const COMMANDS = ["forward", "backward", "turn_right", "turn_left", "stand"] as const;

/** The number of a command: its place in {@linkcode COMMANDS}, from 1. */
const STAND = 5;

/** Seconds of one command of a sequence that is drawn. */
export const COMMAND_SECONDS = 1.6;

/** Commands one after another, by their numbers, each for the same time. */
export interface CommandSequence {
  readonly commands: readonly number[];
  /** Duration of each command (s). */
  readonly seconds: number;
}

/** Bounds of the number of movements in a sequence. */
const MIN_MOVEMENTS = 5, MAX_MOVEMENTS = 15;
export const MAX_COMMANDS = 2 * MAX_MOVEMENTS - 1;

/** Speed ahead (m/s) and turn rate (rad/s) of each command; a turn goes along an arc. */
const VELOCITIES: readonly (readonly [speed: number, turn: number])[] = [
  [0.3, 0],
  [-0.2, 0],
  [.2, -0.6],
  [.2, 0.6],
  [0, 0],
];

/** The velocities of a command by its number. */
export function velocityOf(command: number): readonly [speed: number, turn: number] {
  return VELOCITIES[command - 1] ?? [0, 0];
}

/** Draws 5 to 15 movements of commands 1 to 4, with a stand between each two. */
export function drawCommands(random: RandomGenerator): number[] {
  const movements = MIN_MOVEMENTS + random.integer(MAX_MOVEMENTS - MIN_MOVEMENTS + 1);
  return Array.from({ length: 2 * movements - 1 }, (_, i) => {
    return i % 2 === 0 ? 1 + random.integer(STAND - 1) : STAND;
  });
}
