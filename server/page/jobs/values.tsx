/** Any JSON value, as options and results are: groups of names and values, files as links. */

import type { ComponentChildren } from "preact";

/** A value; groups within groups are indented. */
export function Value({ value, inside }: { value: unknown; inside?: boolean }) {
  if (value === null || value === undefined) return <span class="quiet">–</span>;
  if (typeof value === "string") return <Text text={value} />;
  if (typeof value !== "object") return <>{shown(value)}</>;
  if (Array.isArray(value)) return <List items={value} />;
  const entries = Object.entries(value);
  if (!entries.length) return <span class="quiet">defaults</span>;
  return (
    <Folded count={entries.length} what="values" most={inside ? LONG : Infinity}>
      <dl class="values">
        {entries.map(([key, part]) => (
          <div key={key} class={isGroup(part) ? "group" : undefined}>
            <dt>{key}</dt>
            <dd>
              <Value value={part} inside />
            </dd>
          </div>
        ))}
      </dl>
    </Folded>
  );
}

/** What would push everything else off the screen is folded away. */
const LONG = 9;

function Folded({ count, what, most, children }: {
  count: number;
  what: string;
  most: number;
  children: ComponentChildren;
}) {
  return count <= most ? <>{children}</> : (
    <details>
      <summary>{count} {what}</summary>
      {children}
    </details>
  );
}

/** Longer lists are cut; the whole is in the job's files. */
const SHOWN = 40;

function List({ items }: { items: readonly unknown[] }) {
  if (!items.length) return <span class="quiet">none</span>;
  if (!items.some((item) => typeof item === "object")) {
    const rest = items.length - SHOWN;
    return <>{items.slice(0, SHOWN).map(shown).join(", ")}{rest > 0 && ` … and ${rest} more`}</>;
  }
  return (
    <Folded count={items.length} what="entries" most={0}>
      <ol class="values">
        {items.slice(0, SHOWN).map((item, i) => (
          <li key={i}>
            <Value value={item} />
          </li>
        ))}
        {items.length > SHOWN && <li>… and {items.length - SHOWN} more</li>}
      </ol>
    </Folded>
  );
}

/** A stored file is named by its content. */
function Text({ text }: { text: string }) {
  if (!/^[0-9a-f]{64}\.\w{1,16}$/.test(text)) return <>{text}</>;
  const extension = text.slice(65);
  return extension === "png"
    ? (
      <a href={`blobs/${text}`}>
        <img class="shown-image" src={`blobs/${text}`} alt="Picture" loading="lazy" />
      </a>
    )
    : <a href={`blobs/${text}`} download>{extension} file</a>;
}

function shown(value: unknown): string {
  if (typeof value !== "number" || Number.isInteger(value)) return String(value);
  return String(Number(value.toPrecision(4)));
}

/** Whether a value takes lines of its own. */
function isGroup(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const { length } = Object.keys(value);
  return length > 0 && length <= LONG;
}
