/** A path as one JSON file: what is known of it, with the task, options, seed and plugins that it came of. */

/// <reference lib="dom" />

import { useEffect, useState } from "preact/hooks";
import type { Path } from "./operations.ts";

/** The address of the file, once it is made; it lives as long as the component. */
export function useProvenanceFile({ id, files, provenance }: Path): string | undefined {
  const [url, setUrl] = useState<string>();
  const source = files.find(({ name }) => name === "path.json")?.url;
  useEffect(() => {
    const ends = new AbortController();
    let made: string | undefined;
    const make = async () => {
      if (!source) return;
      const content = await (await fetch(source, ends)).json();
      const text = JSON.stringify({ id, ...content, provenance }, null, 2);
      if (ends.signal.aborted) return;
      made = URL.createObjectURL(new Blob([text], { type: "application/json" }));
      setUrl(made);
    };
    // Without it the other files can still be had.
    make().catch(() => {});
    return () => {
      ends.abort();
      if (made) URL.revokeObjectURL(made);
    };
  }, [id, source]);
  return url;
}
