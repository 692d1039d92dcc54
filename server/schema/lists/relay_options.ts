/** What the connections of @pothos/plugin-relay look like here: nodes beside edges, and every part described. */

import { DEFAULT_SIZE, MAX_SIZE, pageComplexity } from "./page_size.ts";

/** An item of a page costs what is asked of it, once: the connection itself counts the items. */
const ONCE = { complexity: { field: 0, multiplier: 1 } };

/** The plugin's options. `Node` is made in `node.ts`: its ids are those that tasks take and give. */
export const RELAY = {
  nodeQueryOptions: false,
  nodesQueryOptions: false,
  defaultConnectionFieldOptions: { complexity: pageComplexity },
  firstArgOptions: {
    description: `How many items: 1 to ${MAX_SIZE}; ${DEFAULT_SIZE} unless asked otherwise.`,
  },
  lastArgOptions: {
    description: "The same from the end of the list, or ahead of `before`.",
  },
  afterArgOptions: { description: "Continue behind the item with this cursor." },
  beforeArgOptions: { description: "End ahead of the item with this cursor." },
  nodesOnConnection: { description: "The items.", ...ONCE },
  edgesFieldOptions: { description: "The items with their cursors.", ...ONCE },
  nodeFieldOptions: { description: "The item." },
  cursorFieldOptions: {
    description: "Give this as `after` for what follows; it stays good while items are added.",
  },
  pageInfoFieldOptions: { description: "Where this part stands." },
  pageInfoTypeOptions: { description: "Where a part of a list stands." },
  hasNextPageFieldOptions: { description: "Whether items follow." },
  hasPreviousPageFieldOptions: {
    description: "Whether items come before; behind `after` they always do.",
  },
  startCursorFieldOptions: {
    description: "The cursor of the first item; as `before` it gives what came earlier.",
  },
  endCursorFieldOptions: {
    description: "The cursor of the last item; as `after` it gives what follows.",
  },
  defaultConnectionTypeOptions: { description: "A part of a list." },
  defaultEdgeTypeOptions: { description: "An item and its cursor." },
} as const;
