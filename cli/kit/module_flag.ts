import type { FlagTable } from "./flags.ts";

/** Names the user's code. Never part of a declaration: a file of data must not run code. */
export const MODULE_FLAG = {
  module: {
    type: "list",
    placeholder: "FILE",
    description:
      "TypeScript file that registers your own environments, policies, models or stage " +
      "kinds",
    aliases: ["modules"],
  },
} as const satisfies FlagTable;
