/** Variables that do not fit their types: errors that name the option at fault, as the errors of tasks do. */

import {
  type DocumentNode,
  getOperationAST,
  GraphQLError,
  type GraphQLSchema,
  isInputType,
  typeFromAST,
  validateInputValue,
} from "graphql";
import type { Plugin as YogaPlugin } from "graphql-yoga";

/** The most errors that are told. */
const MAX_ERRORS = 5;

/** What of an execution is looked at. */
interface Asked {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operationName?: string | null;
  readonly variableValues?: Readonly<Record<string, unknown>> | null;
}

/** Checks variables before anything runs. */
export function checkVariables(): YogaPlugin {
  const check = (
    { args, setResultAndStopExecution }: {
      args: Asked;
      setResultAndStopExecution(result: { errors: GraphQLError[] }): void;
    },
  ) => {
    const errors = variableErrors(args);
    if (errors.length) setResultAndStopExecution({ errors });
  };
  return { onExecute: check, onSubscribe: check };
}

/**
 * What is wrong with the variables of an operation: BAD_INPUT with `optionPath`, which leads from the variable's value to what
 * does not fit; where that is the whole value, it is the variable's name.
 */
function variableErrors(args: Asked): GraphQLError[] {
  const errors: GraphQLError[] = [];
  try {
    collect(args, errors);
  } catch (enough) {
    if (enough !== ENOUGH) throw enough;
  }
  return errors;
}

/** Thrown at the last error that is told: a list may have a hundred thousand more. */
const ENOUGH = Symbol("enough");

function collect(
  { schema, document, operationName, variableValues }: Asked,
  errors: GraphQLError[],
): void {
  for (
    const { variable, type: node }
      of getOperationAST(document, operationName)?.variableDefinitions ??
        []
  ) {
    const name = variable.name.value;
    const type = typeFromAST(schema, node);
    if (!isInputType(type) || !Object.hasOwn(variableValues ?? {}, name)) continue;
    validateInputValue(variableValues![name], type, ({ message }, path) => {
      const [, member] = MEMBER.exec(message) ?? [];
      const within = member === undefined ? path : [...path, member];
      errors.push(
        new GraphQLError(`Cannot read the variable $${[name, ...path].join(".")}: ${message}`, {
          nodes: [variable],
          extensions: { code: "BAD_INPUT", optionPath: within.length ? within : [name] },
        }),
      );
      if (errors.length === MAX_ERRORS) throw ENOUGH;
    });
  }
}

/** A message about a member that there is not, or that is missing. */
const MEMBER =
  /^Expected value of type "[^"]*" (?:not to include unknown|to include required) field "([^"]*)"/;
