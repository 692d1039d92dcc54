/** What an operation needs of a key, by its kind: looking, or starting something. */

import {
  type DocumentNode,
  getOperationAST,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
} from "graphql";
import type { Plugin as YogaPlugin } from "graphql-yoga";
import { type Caller, forbidden, type Scope } from "./caller.ts";
import type { OperationContext } from "../operation_context.ts";

/** Subscriptions that only look; all others start a job. */
const LOOKING = new Set(["jobEvents"]);

/** Notes what was asked for in the {@linkcode Call}, and refuses what its caller may not do. */
export function checkScopes(): YogaPlugin<OperationContext> {
  const check = ({ args: { document, operationName, contextValue } }: { args: Asked }) => {
    const operation = getOperationAST(document, operationName);
    if (!operation) return;
    const { call } = contextValue;
    call.operation = { type: operation.operation, name: operation.name?.value };
    const scope = scopeOf(operation);
    if (!call.caller.scopes.has(scope)) throw refusal(call.caller, scope, operation);
  };
  return { onExecute: check, onSubscribe: check };
}

interface Asked {
  document: DocumentNode;
  operationName?: string | null;
  contextValue: OperationContext;
}

function refusal(caller: Caller, scope: Scope, { operation }: OperationDefinitionNode) {
  const { code, message } = forbidden(caller, scope, `run this ${operation}`);
  return new GraphQLError(message, { extensions: { code, http: { status: 403 } } });
}

function scopeOf({ operation, selectionSet }: OperationDefinitionNode): Scope {
  if (operation === "query") return "read";
  const looks = operation === "subscription" &&
    selectionSet.selections.every((selection) =>
      selection.kind === Kind.FIELD && LOOKING.has(selection.name.value)
    );
  return looks ? "read" : "run";
}
