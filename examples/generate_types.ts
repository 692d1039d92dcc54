/**
 * Types for the operations of a client: from a schema and a file of operations to a TypeScript module with the data and
 * variables of each.
 *
 *     deno run -A examples/generate_types.ts server/schema.graphql operations.graphql operations.ts
 */

import {
  buildSchema,
  type FieldNode,
  type FragmentDefinitionNode,
  getNamedType,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredInputField,
  type OperationDefinitionNode,
  parse,
  print,
  type SelectionSetNode,
  typeFromAST,
  validate,
  visit,
} from "graphql";

/** The scalars in TypeScript; any other is unknown. */
const SCALARS: Readonly<Record<string, string>> = {
  ID: "string",
  String: "string",
  Int: "number",
  Float: "number",
  Boolean: "boolean",
  DateTime: "string",
  File: "Blob",
};

/**
 * The module for `operations` against the schema `sdl`.
 *
 * @throws {Error} When an operation has no name, does not fit the schema, or looks into a union or interface without asking
 * for `__typename`, by which a client tells its cases apart.
 */
export function typesOf(sdl: string, operations: string): string {
  const schema = buildSchema(sdl);
  const document = parse(operations);
  const [problem] = validate(schema, document);
  if (problem) throw problem;
  const writer = new Writer(schema);
  const found: OperationDefinitionNode[] = [];
  visit(document, {
    FragmentDefinition: (node) => void writer.fragments.set(node.name.value, node),
    OperationDefinition: (node) => void found.push(node),
  });
  const written = found.map((operation) => writer.operation(operation));
  return [HEAD, ...writer.inputs.values(), ...written].join("\n\n");
}

const HEAD =
  `/** Written by generate_types.ts from the schema and the operations: not to be edited. */

/** An operation with the types of its data and variables. */
export interface Operation<Data, Variables> {
  readonly text: string;
  /** Carry the types; never set. */
  readonly types?: (variables: Variables) => Data;
}`;

class Writer {
  readonly fragments = new Map<string, FragmentDefinitionNode>();
  /** Input types and enums, by name. */
  readonly inputs = new Map<string, string>();
  readonly #schema: GraphQLSchema;

  constructor(schema: GraphQLSchema) {
    this.#schema = schema;
  }

  /** `Follow` as `FollowData`, `FollowVariables` and the value `follow`. */
  operation(node: OperationDefinitionNode): string {
    const name = node.name?.value;
    if (!name) throw new Error("Cannot write types: expected a name for each operation");
    const root = this.#schema.getRootType(node.operation);
    if (!root) throw new Error(`Cannot write ${name}: there is no ${node.operation}`);
    const variables = (node.variableDefinitions ?? []).map(({ variable, type, defaultValue }) => {
      const input = typeFromAST(this.#schema, type);
      if (!isInputType(input)) throw new Error(`Cannot write the type of $${variable.name.value}`);
      const optional = !isNonNullType(input) || defaultValue !== undefined;
      return member(variable.name.value, optional, this.#input(input));
    });
    const used = this.#fragmentsOf(node.selectionSet);
    const text = [print(node), ...[...used].map((name) => print(this.#fragment(name)))];
    const value = name[0].toLowerCase() + name.slice(1);
    return [
      `/** What \`${name}\` gives. */`,
      `export type ${name}Data = ${this.#selection(root, [node.selectionSet], name)};\n`,
      `/** What \`${name}\` is given. */`,
      variables.length
        ? `export interface ${name}Variables {${variables.join("")}}\n`
        : `export type ${name}Variables = Readonly<Record<string, never>>;\n`,
      `/** The operation \`${name}\`. */`,
      `export const ${value}: Operation<${name}Data, ${name}Variables> = {`,
      `text: ${JSON.stringify(text.join("\n\n"))},`,
      "};",
    ].join("\n");
  }

  #fragment(name: string): FragmentDefinitionNode {
    const found = this.fragments.get(name);
    if (!found) throw new Error(`There is no fragment ${name}`);
    return found;
  }

  /** The names of all fragments that a selection needs. */
  #fragmentsOf(selection: SelectionSetNode, seen = new Set<string>()): Set<string> {
    visit(selection, {
      FragmentSpread: ({ name: { value } }) => {
        if (seen.has(value)) return;
        seen.add(value);
        this.#fragmentsOf(this.#fragment(value).selectionSet, seen);
      },
    });
    return seen;
  }

  #output(type: GraphQLOutputType, fields: readonly FieldNode[], at: string): string {
    if (isNonNullType(type)) return this.#value(type.ofType, fields, at);
    return `${this.#value(type, fields, at)} | null`;
  }

  #value(type: GraphQLOutputType, fields: readonly FieldNode[], at: string): string {
    if (isListType(type)) return listOf(this.#output(type.ofType, fields, at));
    const named = getNamedType(type);
    const selections = fields.flatMap(({ selectionSet }) => selectionSet ?? []);
    if (isObjectType(named)) return this.#selection(named, selections, at);
    if (isEnumType(named)) return textsOf(named.getValues().map(({ name }) => name));
    if (!isAbstractType(named)) return SCALARS[named.name] ?? "unknown";
    // Types with the same members are one case.
    const cases = new Map<string, string[]>();
    let key: string | undefined;
    for (const possible of this.#schema.getPossibleTypes(named)) {
      const members = [...this.#members(possible, selections, at)];
      key ??= members.find(([, text]) => text === TYPE_NAME)?.[0];
      const body = members.filter(([name]) => name !== key).map(([, text]) => text).join("");
      cases.set(body, [...cases.get(body) ?? [], possible.name]);
    }
    if (key === undefined && cases.size > 1) {
      throw new Error(`Cannot tell the cases of ${at} apart: expected __typename among its fields`);
    }
    return [...cases].map(([body, names]) =>
      `{${key === undefined ? "" : member(key, false, textsOf(names))}${body}}`
    ).join(" | ");
  }

  #selection(type: GraphQLObjectType, selections: readonly SelectionSetNode[], at: string): string {
    const members = this.#members(type, selections, at);
    const texts = [...members].map(([key, text]) =>
      text === TYPE_NAME ? member(key, false, textsOf([type.name])) : text
    );
    return `{${texts.join("")}}`;
  }

  /** Response keys to members. */
  #members(
    type: GraphQLObjectType,
    selections: readonly SelectionSetNode[],
    at: string,
  ): Map<string, string> {
    const members = new Map<string, string>();
    for (const [key, nodes] of this.#fieldsOf(type, selections)) {
      const [{ name: { value: name } }] = nodes;
      if (name === "__typename") {
        members.set(key, TYPE_NAME);
        continue;
      }
      const optional = nodes.every(({ directives }) => directives?.length);
      const text = this.#output(type.getFields()[name].type, nodes, `${at}.${key}`);
      members.set(key, member(key, optional, text));
    }
    return members;
  }

  /** The fields that are asked of an object type, those of fragments on it or on what it implements included. */
  #fieldsOf(
    type: GraphQLObjectType,
    selections: readonly SelectionSetNode[],
    found = new Map<string, FieldNode[]>(),
  ): Map<string, FieldNode[]> {
    for (const node of selections.flatMap(({ selections }) => selections)) {
      if (node.kind === "Field") {
        const key = node.alias?.value ?? node.name.value;
        found.set(key, [...found.get(key) ?? [], node]);
        continue;
      }
      const fragment = node.kind === "FragmentSpread" ? this.fragments.get(node.name.value)! : node;
      if (this.#isOn(type, fragment.typeCondition?.name.value)) {
        this.#fieldsOf(type, [fragment.selectionSet], found);
      }
    }
    return found;
  }

  #isOn(type: GraphQLObjectType, condition: string | undefined): boolean {
    const on = condition === undefined ? type : this.#schema.getType(condition);
    return on === type || (isAbstractType(on) && this.#schema.isSubType(on, type));
  }

  #input(type: GraphQLInputType): string {
    if (isNonNullType(type)) return this.#given(type.ofType);
    return `${this.#given(type)} | null`;
  }

  #given(type: GraphQLInputType): string {
    if (isListType(type)) return listOf(this.#input(type.ofType));
    const named = getNamedType(type);
    const { name, description } = named;
    if (!isEnumType(named) && !isInputObjectType(named)) return SCALARS[name] ?? "unknown";
    if (this.inputs.has(name)) return name;
    this.inputs.set(name, "");
    const comment = `/** ${(description ?? name).replaceAll("*/", "* /")} */\n`;
    this.inputs.set(
      name,
      isEnumType(named)
        ? `${comment}export type ${name} = ${textsOf(named.getValues().map(({ name }) => name))};`
        : `${comment}export type ${name} = ${this.#inputMembers(named)};`,
    );
    return name;
  }

  #inputMembers(type: GraphQLInputObjectType): string {
    const fields = Object.values(type.getFields());
    if (!type.isOneOf) {
      return `{${
        fields.map((field) =>
          member(field.name, !isRequiredInputField(field), this.#input(field.type))
        ).join("")
      }}`;
    }
    const names = fields.map(({ name }) => name);
    return fields.map(({ name, type }) => {
      const others = names.filter((other) => other !== name);
      const given = member(name, false, this.#given(type));
      return `{${given}${others.map((other) => member(other, true, "never")).join("")}}`;
    }).join(" | ");
  }
}

/** Stands for `__typename` until it is known of which type. */
const TYPE_NAME = "__typename";

function member(name: string, optional: boolean, type: string): string {
  return `readonly ${name}${optional ? "?" : ""}: ${type};`;
}

function listOf(item: string): string {
  return `readonly ${/^[\w"]+$/.test(item) ? item : `(${item})`}[]`;
}

function textsOf(values: readonly string[]): string {
  return values.map((value) => JSON.stringify(value)).join(" | ");
}

/** The same, as `deno fmt` writes it. */
export async function formatted(text: string): Promise<string> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--ext", "ts", "--line-width", "100", "-"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  });
  await using process = command.spawn();
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  const { success, stdout, stderr } = await process.output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

if (import.meta.main) {
  const [schema, operations, module] = Deno.args;
  const [sdl, text] = await Promise.all(
    [schema, operations].map((path) => Deno.readTextFile(path)),
  );
  await Deno.writeTextFile(module, await formatted(typesOf(sdl, text)));
}
