/** Hostile and damaged inputs, one kind after another: nothing unforeseen may come of any. */
import type { Benchmark } from "./_figures.ts";
import { measureDamagedFiles } from "./fuzz_damage.ts";
import { measureMutatedDeclarations } from "./fuzz_declarations.ts";
import { measureHostileImports } from "./fuzz_imports.ts";
import { measureHostilePlans } from "./fuzz_plans.ts";

/** One for each kind of input. */
const KINDS: readonly Benchmark[] = [
  measureHostilePlans,
  measureHostileImports,
  measureMutatedDeclarations,
  measureDamagedFiles,
];

export const measureFuzz: Benchmark = async (options) => {
  const figures = [];
  for (const measure of KINDS) figures.push(...await measure(options));
  return figures;
};
