/** What to take away: warnings first, then files. */

import type { ComponentChildren } from "preact";
import type { Path } from "./operations.ts";
import { fileNameOf } from "./figure/file_name.ts";
import { useSlot } from "./path/context.ts";
import { useProvenanceFile } from "./provenance_file.ts";

/** Warnings and downloads of the path. */
export function Results() {
  const slot = useSlot();
  const { warnings, path: finished } = slot.path.value;
  return (
    <div class="results">
      {warnings.length > 0 && <Warnings warnings={warnings} />}
      <h3>Download</h3>
      {finished
        ? <Downloads path={finished} />
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

/** What a path's pictures are called to users. */
const PICTURES: readonly { file: string; title: string }[] = [
  { file: "strip.png", title: "Strip" },
  { file: "animation.png", title: "Animation" },
];

/** The place of a frame's picture, by the name of its file. */
const FRAME = /^frame-(\d+)\.png$/;

function Downloads({ path }: { path: Path }) {
  const slot = useSlot();
  const { targets } = slot;
  const json = useProvenanceFile(path);
  const stem = fileNameOf([slot], "");
  const frames = path.files.filter(({ name }) => FRAME.test(name))
    .map(({ name, url }) => ({ name, url, index: Number(FRAME.exec(name)![1]) }))
    .sort((a, b) => a.index - b.index);
  return (
    <ul class="downloads">
      {PICTURES.map(({ file, title }) => (
        <File
          key={file}
          url={path.files.find(({ name }) => name === file)?.url}
          name={`${stem}-${file}`}
        >
          {title}
        </File>
      ))}
      <File url={json} name={`${stem}-path.json`} hint="With options, seed and plugins">JSON</File>
      {frames.length > 0 && (
        <li class="all-frames">
          <span id="frames-title">Frames</span>
          <ul aria-labelledby="frames-title">
            {frames.map(({ url, name, index }) => (
              <File key={name} url={url} name={`${stem}-${name}`} hint={`Frame ${index + 1}`}>
                {targets.value[index]?.mark ?? index}
              </File>
            ))}
          </ul>
        </li>
      )}
    </ul>
  );
}

interface FileProps {
  url?: string;
  name: string;
  hint?: string;
  children: ComponentChildren;
}

function File({ url, name, hint, children }: FileProps) {
  if (!url) return null;
  return (
    <li>
      <a href={url} download={name} class="action" title={hint}>{children}</a>
    </li>
  );
}
