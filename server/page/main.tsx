/** The page's entry: puts the shell into the document. */

/// <reference lib="dom" />

import { render } from "preact";
import { Shell } from "./shell.tsx";

render(<Shell />, document.getElementById("page")!);
