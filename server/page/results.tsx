/** What to take away: warnings first, then files. */

import type { Path } from "./operations.ts";
import { path, subject } from "./path_state.ts";

/** Warnings and downloads of the path. */
export function Results() {
  const { warnings, path: finished } = path.value;
  return (
    <section class="results" aria-label="Results">
      {warnings.length > 0 && <Warnings warnings={warnings} />}
      <h3>Download</h3>
      {finished
        ? <Downloads path={finished} name={subject.value?.name ?? "path"} />
        : <p class="note">Files come with the finished path.</p>}
    </section>
  );
}

function Warnings({ warnings }: { warnings: readonly string[] }) {
  return (
    <div class="warning">
      <h3>Take these frames with care</h3>
      <ul>{warnings.map((warning) => <li key={warning}>{warning}.</li>)}</ul>
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
          Frames {frames.map(({ url, name, index }) => (
            <a
              key={name}
              href={url}
              download={`${stem}-${name}`}
              class="button"
              aria-label={`Frame ${index}`}
            >
              {index}
            </a>
          ))}
        </li>
      )}
    </ul>
  );
}
