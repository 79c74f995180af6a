/**
 * When the edges of an action bank run. Within a scope they run in order, never two at once; an edge
 * that names others waits for them. Starting each as soon as it may gives the least makespan, since
 * the order within a scope is given: the longest path through a graph of precedences.
 */

/** An edge as the schedule sees it. */
export interface ScheduledEdge {
  readonly scope: string;
  /** Unique in the bank. */
  readonly name: string;
  /** Nodes of its scope. */
  readonly src: string;
  readonly sink: string;
  /** Control steps. */
  readonly duration: number;
  /** Control step at which it must begin, where it may not begin when it can. */
  readonly start?: number;
}

/** Input of the schedule. */
export interface ScheduleInput {
  /** Nodes by scope; the first is where the scope begins. */
  readonly nodes: Readonly<Record<string, readonly string[]>>;
  /** Edges in an order that keeps the order of each scope. */
  readonly edges: readonly ScheduledEdge[];
  /** Edges that each edge waits for. */
  readonly sync: Readonly<Record<string, readonly string[]>>;
}

/** One edge in time: it runs in the control steps `begin` … `end − 1`. */
export interface ScheduleEntry {
  readonly edge: ScheduledEdge;
  readonly begin: number;
  readonly end: number;
}

export interface Schedule {
  /** Entries in the order of the edges. */
  readonly entries: readonly ScheduleEntry[];
  /** Control steps until the last edge has ended. */
  readonly makespan: number;
}

/** Faults of a bank, by name. */
export type ScheduleFault =
  | "unknown-node"
  | "unknown-edge"
  | "duplicate-edge"
  | "unreachable-edge"
  | "negative-duration"
  | "cycle"
  | "overlap";

/** One fault, and the edge that has it. */
export interface ScheduleFinding {
  readonly check: ScheduleFault;
  readonly edge: string;
  /** Faulty part of the edge. */
  readonly part: "src" | "sink" | "duration" | "start" | "sync" | "name";
  readonly problem: string;
  readonly remedy: string;
}

/** A schedule, or everything that is wrong with what it should be made from. */
export type ScheduleResult =
  | { readonly schedule: Schedule; readonly findings: readonly [] }
  | { readonly schedule: null; readonly findings: readonly ScheduleFinding[] };

/** The schedule with the least makespan. */
export function scheduleEdges(input: ScheduleInput): ScheduleResult {
  const findings = [...checkEdges(input), ...checkSync(input)];
  if (findings.length > 0) return { schedule: null, findings };
  const predecessors = predecessorsOf(input);
  const cycle = findCycle(predecessors);
  if (cycle !== null) {
    const problem = `it waits for itself: ${cycle.join(" ← ")}`;
    const remedy = "remove one of these dependencies";
    const [edge] = cycle;
    return {
      schedule: null,
      findings: [{ check: "cycle", edge: edge!, part: "sync", problem, remedy }],
    };
  }
  return placeEdges(input, predecessors);
}

function checkEdges({ nodes, edges }: ScheduleInput): ScheduleFinding[] {
  const findings: ScheduleFinding[] = [];
  const seen = new Set<string>();
  const at = new Map(Object.entries(nodes).map(([scope, [first]]) => [scope, first]));
  for (const { scope, name, src, sink, duration } of edges) {
    if (seen.has(name)) {
      const problem = "another edge has this name";
      findings.push({
        check: "duplicate-edge",
        edge: name,
        part: "name",
        problem,
        remedy: "rename it",
      });
    }
    seen.add(name);
    const known = nodes[scope] ?? [];
    const unknown = (["src", "sink"] as const).filter((part) =>
      !known.includes(part === "src" ? src : sink)
    );
    for (const part of unknown) {
      const node = part === "src" ? src : sink;
      const problem = `scope "${scope}" has no node "${node}"`;
      const remedy = `declare it, or use one of ${known.join(", ")}`;
      findings.push({ check: "unknown-node", edge: name, part, problem, remedy });
    }
    if (!(Number.isSafeInteger(duration) && duration >= 0)) {
      findings.push({
        check: "negative-duration",
        edge: name,
        part: "duration",
        problem: `expected a whole number of steps of at least 0, found ${duration}`,
        remedy: "write a whole number, 0 or more",
      });
    }
    if (unknown.length === 0 && at.get(scope) !== src) {
      findings.push({
        check: "unreachable-edge",
        edge: name,
        part: "src",
        problem: `it begins at node "${src}", but scope "${scope}" is then at "${at.get(scope)}"`,
        remedy: `list it behind an edge that ends at "${src}"`,
      });
    }
    at.set(scope, sink);
  }
  return findings;
}

function checkSync({ edges, sync }: ScheduleInput): ScheduleFinding[] {
  const known = edges.map(({ name }) => name);
  return Object.entries(sync).flatMap(([edge, awaited]) =>
    [edge, ...awaited].filter((name) => !known.includes(name)).map((name) => ({
      check: "unknown-edge" as const,
      edge,
      part: "sync" as const,
      problem: `there is no edge "${name}"`,
      remedy: `use one of ${known.join(", ")}`,
    }))
  );
}

/** Edges that must end before each begins: those it waits for, and the one before in its scope. */
function predecessorsOf({ edges, sync }: ScheduleInput): ReadonlyMap<string, readonly string[]> {
  const previous = new Map<string, string>();
  return new Map(edges.map(({ scope, name }) => {
    const before = previous.get(scope);
    previous.set(scope, name);
    return [name, [...(before === undefined ? [] : [before]), ...(sync[name] ?? [])]];
  }));
}

/** Finds edges each of which waits for the next, the last for the first; null if there are none. */
function findCycle(predecessors: ReadonlyMap<string, readonly string[]>): string[] | null {
  const done = new Set<string>();
  const path: string[] = [];
  function visit(name: string): string[] | null {
    if (done.has(name)) return null;
    if (path.includes(name)) return [...path.slice(path.indexOf(name)), name];
    path.push(name);
    for (const before of predecessors.get(name)!) { // checkSync() has found every name
      const cycle = visit(before);
      if (cycle !== null) return cycle;
    }
    path.pop();
    done.add(name);
    return null;
  }
  for (const name of predecessors.keys()) {
    const cycle = visit(name);
    if (cycle !== null) return cycle;
  }
  return null;
}

function placeEdges(
  { edges }: ScheduleInput,
  predecessors: ReadonlyMap<string, readonly string[]>,
): ScheduleResult {
  const byName = new Map(edges.map((edge) => [edge.name, edge]));
  const placed = new Map<string, ScheduleEntry>();
  const findings: ScheduleFinding[] = [];
  function place(name: string): ScheduleEntry {
    const known = placed.get(name);
    if (known !== undefined) return known;
    const edge = byName.get(name)!;
    const before = predecessors.get(name)!.map(place); // acyclic
    const earliest = Math.max(0, ...before.map(({ end }) => end));
    const begin = edge.start ?? earliest;
    if (begin < earliest) {
      const last = before.find(({ end }) => end === earliest)!.edge.name;
      findings.push({
        check: "overlap",
        edge: name,
        part: "start",
        problem: `it begins at step ${begin}, but edge "${last}" ends at step ${earliest}`,
        remedy: `begin it at ${earliest} or later, or leave start out`,
      });
    }
    const entry = { edge, begin, end: Math.max(begin, earliest) + edge.duration };
    placed.set(name, entry);
    return entry;
  }
  const entries = edges.map(({ name }) => place(name));
  if (findings.length > 0) return { schedule: null, findings };
  return {
    schedule: { entries, makespan: Math.max(0, ...entries.map(({ end }) => end)) },
    findings: [],
  };
}
