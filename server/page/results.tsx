/** What to take away: warnings first, then files. */

import type { Path } from "./operations.ts";
import { path, stops, subject } from "./path_state.ts";

/** Warnings and downloads of the path. */
export function Results() {
  const { warnings, path: finished } = path.value;
  return (
    <div class="results">
      {warnings.length > 0 && <Warnings warnings={warnings} />}
      <h3>Download</h3>
      {finished
        ? <Downloads path={finished} name={subject.value?.name ?? "path"} />
        : <p class="note">Files come with the finished path.</p>}
    </div>
  );
}

/** How many warnings are read at once; the rest is folded away. */
const AT_ONCE = 2;

function Warnings({ warnings }: { warnings: readonly string[] }) {
  const rest = warnings.slice(AT_ONCE);
  return (
    <div class="warning">
      <h3>Take with care</h3>
      {warnings.slice(0, AT_ONCE).map((warning) => <p key={warning}>{warning}.</p>)}
      {rest.length > 0 && (
        <details>
          <summary>{rest.length} more</summary>
          {rest.map((warning) => <p key={warning}>{warning}.</p>)}
        </details>
      )}
    </div>
  );
}

/** What a path's files are called to users, in this order. */
const FILES: readonly { file: string; title: string }[] = [
  { file: "strip.png", title: "Strip" },
  { file: "path.json", title: "JSON with provenance" },
];

function Downloads({ path: { files }, name }: { path: Path; name: string }) {
  const stem = `countergrade-${name.replaceAll(/[^\w.-]+/g, "-")}`;
  const frames = files.map((file) => ({
    ...file,
    index: /^frame-(\d+)\.png$/.exec(file.name)?.[1],
  }))
    .filter(({ index }) => index !== undefined)
    .sort((a, b) => Number(a.index) - Number(b.index));
  return (
    <ul class="downloads">
      {FILES.map(({ file, title }) => {
        const url = files.find(({ name }) => name === file)?.url;
        return url && (
          <li key={file}>
            <a href={url} download={`${stem}-${file}`} class="button">{title}</a>
          </li>
        );
      })}
      {frames.length > 0 && (
        <li class="all-frames">
          <span>Frames</span> {frames.map(({ url, name, index }) => (
            <a
              key={name}
              href={url}
              download={`${stem}-${name}`}
              class="button"
              aria-label={`Frame at ${markOf(Number(index))}`}
            >
              {markOf(Number(index))}
            </a>
          ))}
        </li>
      )}
    </ul>
  );
}

function markOf(index: number): string {
  return stops.value[index]?.mark ?? String(index);
}
