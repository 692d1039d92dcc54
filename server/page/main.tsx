/** The page's entry: puts the explorer into the document. */

/// <reference lib="dom" />

import { render } from "preact";
import { Explorer } from "./explorer.tsx";
import { load } from "./explorer_state.ts";

render(<Explorer />, document.getElementById("page")!);
load();
