import jsep, { type Expression } from "jsep";
import { InvalidInputError } from "../../core/errors.ts";
import { suggestName } from "../../core/suggest.ts";

/**
 * Conditions on episodes, as JavaScript writes them: `success && duration > 2`,
 * `split == "train" && start_state[0] < 0.1`. The text is parsed and its tree evaluated here; nothing
 * of it is run.
 */

/** Value of a field of an episode; a vector for fields with components. */
export type FieldValue = number | boolean | string | readonly number[];

/** The fields of one episode by name. */
export type EpisodeRecord = Readonly<Record<string, FieldValue>>;

export type EpisodeCondition = (episode: EpisodeRecord) => boolean;

type Evaluate = (episode: EpisodeRecord) => FieldValue;

/**
 * Compiles a condition.
 *
 * @param fields Names that it may use
 * @throws {InvalidInputError} If it cannot be parsed, names an unknown field, or uses anything but
 *   fields, components, numbers, texts, comparisons, arithmetic, `&&`, `||` and `!`
 */
export function compileCondition(text: string, fields: readonly string[]): EpisodeCondition {
  const tree = parse(text);
  const evaluate = compile(tree, text, fields);
  return (episode) => {
    const value = evaluate(episode);
    if (typeof value === "boolean") return value;
    throw refusal(text, `true or false, found ${describe(value)}: compare it with something`);
  };
}

/** @throws {InvalidInputError} If it is not one expression, with a caret below the place */
function parse(text: string): Expression {
  if (text.trim() === "") {
    throw refusal(text, "an expression, found none: write one, or leave it out for all episodes");
  }
  try {
    const tree = jsep(text);
    if (tree.type !== "Compound") return tree;
  } catch (error) {
    const { index, description } = error as SyntaxFault; // all that the parser throws
    throw unreadable(text, index, description);
  }
  throw unreadable(text, endOfFirst(text), "Expected &&, || or a comparison before it");
}

/** Error of the parser: characters from the start of the text, and what is wrong there. */
interface SyntaxFault {
  readonly index: number;
  readonly description: string;
}

/** Finds the end of the first of several expressions in a row, which their tree does not give. */
function endOfFirst(text: string): number {
  for (let end = 1; end < text.length; end++) {
    try {
      if (jsep(text.slice(0, end)).type === "Compound") return end - 1;
    } catch {
      // In the middle of something: not yet.
    }
  }
  return text.length - 1;
}

function unreadable(text: string, index: number, description: string): InvalidInputError {
  const caret = `  ${text.replaceAll(/\s/g, " ")}\n  ${" ".repeat(index)}^`;
  return refusal(text, `an expression, found that it cannot be read: ${description}\n${caret}`);
}

function compile(node: Expression, text: string, fields: readonly string[]): Evaluate {
  const part = (child: unknown) => compile(child as Expression, text, fields); // a child of the tree
  switch (node.type) {
    case "Literal": {
      const value = node["value"] as FieldValue | null; // all that it reads
      if (value === null) break;
      return () => value;
    }
    case "Identifier": {
      const name = String(node["name"]);
      if (!fields.includes(name)) {
        throw refusal(text, `known fields, found "${name}": ${suggestName(name, fields)}`);
      }
      return (episode) => episode[name]!; // each episode has them all
    }
    case "MemberExpression":
      if (!node["computed"]) break;
      return component(text, part(node["object"]), part(node["property"]));
    case "UnaryExpression":
      return unary(text, String(node["operator"]), part(node["argument"]));
    case "BinaryExpression":
    case "LogicalExpression":
      return binary(text, String(node["operator"]), part(node["left"]), part(node["right"]));
    default:
      break;
  }
  throw refusal(
    text,
    `fields, numbers, texts, comparisons, arithmetic, &&, || and !, found ${node.type}`,
  );
}

function component(text: string, vector: Evaluate, index: Evaluate): Evaluate {
  return (episode) => {
    const values = vector(episode), i = index(episode);
    const value = Array.isArray(values) && typeof i === "number" ? values[i] : undefined;
    if (value !== undefined) return value;
    throw refusal(text, `a component, found ${describe(values)} and index ${describe(i)}`);
  };
}

function unary(text: string, operator: string, operand: Evaluate): Evaluate {
  switch (operator) {
    case "!":
      return (episode) => !truth(text, operand(episode));
    case "-":
      return (episode) => -number(text, operand(episode));
    default:
      throw refusal(text, `! or -, found "${operator}"`);
  }
}

/** Operators on two numbers. */
const ARITHMETIC: Readonly<Record<string, (a: number, b: number) => number | boolean>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "%": (a, b) => a % b,
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
};

function binary(text: string, operator: string, left: Evaluate, right: Evaluate): Evaluate {
  switch (operator) {
    case "&&":
      return (episode) => truth(text, left(episode)) && truth(text, right(episode));
    case "||":
      return (episode) => truth(text, left(episode)) || truth(text, right(episode));
    case "==":
    case "===":
      return (episode) => equal(text, left(episode), right(episode));
    case "!=":
    case "!==":
      return (episode) => !equal(text, left(episode), right(episode));
    default: {
      const apply = ARITHMETIC[operator];
      if (apply === undefined) throw refusal(text, `a known operator, found "${operator}"`);
      return (episode) => apply(number(text, left(episode)), number(text, right(episode)));
    }
  }
}

function equal(text: string, a: FieldValue, b: FieldValue): boolean {
  if (typeof a === typeof b && typeof a !== "object") return a === b;
  throw refusal(text, `two values of one type, found ${describe(a)} and ${describe(b)}`);
}

function truth(text: string, value: FieldValue): boolean {
  if (typeof value === "boolean") return value;
  throw refusal(text, `true or false, found ${describe(value)}: compare it with something`);
}

function number(text: string, value: FieldValue): number {
  if (typeof value === "number") return value;
  throw refusal(text, `a number, found ${describe(value)}`);
}

function describe(value: FieldValue): string {
  if (typeof value === "object") return `a vector of ${value.length}, whose components are [0] …`;
  return JSON.stringify(value);
}

function refusal(text: string, problem: string): InvalidInputError {
  return new InvalidInputError({
    action: `use condition '${text}'`,
    expected: problem,
  });
}
