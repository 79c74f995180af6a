/**
 * A lint rule that keeps kinds of stage in their definitions: nothing else of the project may tell
 * them apart by name, or it would have to be found and changed for every new kind.
 */

const ROOT = decodeURIComponent(new URL("..", import.meta.url).pathname);

/** Names of the kinds, as the files of their definitions are called. */
export const KINDS = [
  "generate",
  "validate",
  "filter",
  "merge",
  "train",
  "evaluate",
  "select",
  "score",
  "compare",
  "gate",
  "relabel",
  "subsample",
  "concatenate",
];

/** Places that may name kinds: definitions, operations, report sections, declarations. */
const HOME = [
  "pipelines/kinds/",
  "pipelines/shipped/",
  "activities/stages/",
  "activities/report/",
  "view/sections/",
  "tests/",
  "bench/",
  "tools/",
];

const MESSAGE = "a kind of stage is told by its definition: ask kindOf(stage) in place of its name";

/** Whether a file may name kinds; the command of a kind's name may name that kind. */
function mayName(file: string): boolean {
  return HOME.some((folder) => file.startsWith(folder)) ||
    KINDS.some((kind) => file === `cli/commands/${kind}.ts`);
}

function isKind(node: Deno.lint.Node | null): boolean {
  return node?.type === "Literal" && KINDS.some((kind) => kind === node.value);
}

/** `kind`, `stage.kind`, `plan.stage.kind`. */
function isKindAccess(node: Deno.lint.Node): boolean {
  if (node.type === "Identifier") return node.name === "kind";
  return node.type === "MemberExpression" && node.property.type === "Identifier" &&
    node.property.name === "kind";
}

const plugin: Deno.lint.Plugin = {
  name: "kinds",
  rules: {
    names: {
      create(context) {
        const file = context.filename.startsWith(ROOT)
          ? context.filename.slice(ROOT.length)
          : context.filename;
        if (mayName(file)) return {};
        const report = (node: Deno.lint.Node) => context.report({ node, message: MESSAGE });
        return {
          BinaryExpression(node) {
            const { left, right } = node;
            const compares = (isKind(left) && isKindAccess(right)) ||
              (isKind(right) && isKindAccess(left));
            if (compares) report(node);
          },
          SwitchCase: (node) => isKind(node.test) && report(node),
          ArrayExpression(node) {
            if (node.elements.filter(isKind).length > 1) report(node);
          },
          ImportDeclaration(node) {
            const { value } = node.source;
            const name = /pipelines\/kinds\/(\w+)\.ts$/.exec(value)?.[1];
            if (KINDS.some((kind) => kind === name) && node.importKind !== "type") report(node);
          },
        };
      },
    },
  },
};

export default plugin;
