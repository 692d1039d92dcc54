/** One picture to read: a figure for its grade, then R for real or G for generated. */

/// <reference lib="dom" />

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Reading, StudyItem } from "./study.ts";

interface Props {
  /** Nothing while it is made. */
  readonly item: StudyItem | undefined;
  readonly place: number;
  readonly total: number;
  readonly names: readonly string[];
  readonly trouble: string;
  tell(answer: Omit<Reading, "item">): void;
  /** To the picture before; none at the first. */
  back?(): void;
}

/** The picture with its two questions. */
export function Reader({ item, place, total, names, trouble, tell, back }: Props) {
  const [grade, setGrade] = useState<number>();
  // Two keys may come before anything is drawn anew.
  const chosen = useRef<number>(undefined);
  const choose = (grade: number) => {
    chosen.current = grade;
    setGrade(grade);
  };
  const shownAt = useRef(0);
  const ready = item !== undefined;
  // As soon as the picture stands, so that no key is lost.
  useLayoutEffect(() => {
    shownAt.current = performance.now();
  }, [ready]);
  const answer = (isReal: boolean) => {
    if (chosen.current === undefined || !ready) return;
    tell({ grade: chosen.current, isReal, ms: performance.now() - shownAt.current });
  };
  useLayoutEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !ready) return;
      const figure = /^\d$/.test(event.key) ? Number(event.key) : NaN;
      const key = event.key.toLowerCase();
      if (figure < names.length) choose(figure);
      else if (key === "r") answer(true);
      else if (key === "g") answer(false);
      else if (key === "backspace" && back) back();
      else return;
      event.preventDefault();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  });
  return (
    <section class="reader" aria-label="Picture to read">
      <p class="note" role="status">
        Picture {place + 1} of {total}
      </p>
      <progress aria-label="Progress" max={total} value={place} />
      <div class="picture" aria-busy={!ready}>
        {item ? <img src={item.url} alt="The picture to read" /> : <span class="blank" />}
      </div>
      {trouble && !ready && <p class="problem" role="alert">{trouble}</p>}
      {!trouble && !ready && <p class="note">The picture is being made …</p>}
      <div class="answers" role="group" aria-label="Grade">
        {names.map((name, i) => (
          <button
            key={name}
            type="button"
            aria-pressed={grade === i}
            disabled={!ready}
            onClick={() => choose(i)}
          >
            <kbd>{i}</kbd> {name}
          </button>
        ))}
      </div>
      <div class="answers" role="group" aria-label="Real or generated">
        <button
          type="button"
          disabled={grade === undefined}
          onClick={() => answer(true)}
        >
          <kbd>R</kbd> real
        </button>
        <button
          type="button"
          disabled={grade === undefined}
          onClick={() => answer(false)}
        >
          <kbd>G</kbd> generated
        </button>
        {back && (
          <button type="button" onClick={back}>
            <kbd>⌫</kbd> back
          </button>
        )}
      </div>
    </section>
  );
}
