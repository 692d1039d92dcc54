/** Whole lists: read page by page, until there is no more. */

import { insist } from "./client.ts";

/** A part of a list. */
export interface ListPage<Node> {
  readonly nodes: readonly Node[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

/** Most pages that are read of one list. */
const MOST = 100;

/** All items of a list. `query` takes `$after`, and has one list as `list`. @throws {ServerError} */
export async function everyNode<Node>(query: string, variables: object = {}): Promise<Node[]> {
  const nodes: Node[] = [];
  let after: string | null = null;
  for (let page = 0; page < MOST; page++) {
    const answer: { list: ListPage<Node> } = await insist(query, { ...variables, after });
    nodes.push(...answer.list.nodes);
    if (!answer.list.pageInfo.hasNextPage) break;
    after = answer.list.pageInfo.endCursor;
  }
  return nodes;
}
