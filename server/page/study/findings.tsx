/** What a reader study says, and its answers to take away. */

/// <reference lib="dom" />

import { findingsOf, type Held } from "./agreement.ts";
import { type Reading, type StudyItem, studyTable } from "./study.ts";

interface Props {
  readonly items: readonly StudyItem[];
  readonly readings: readonly Reading[];
  readonly reader: string;
  /** For the name of the file. */
  readonly title: string;
  again(): void;
}

/** The figures, each with what it means. */
export function Findings({ items, readings, reader, title, again }: Props) {
  const found = findingsOf(items, readings);
  const judged = found.judge.images > 0;
  const take = () => {
    const link = document.createElement("a");
    const table = studyTable(reader, items, readings);
    link.href = URL.createObjectURL(new Blob([table], { type: "text/csv" }));
    link.download = `countergrade-study-${title}-${
      (reader || "anonymous").replaceAll(/\W+/g, "-")
    }.csv`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  };
  return (
    <section class="findings" aria-label="Findings">
      <h2>What came out</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">Your grades against</th>
            <th scope="col">weighted κ</th>
            <th scope="col">off by, grades</th>
            <th scope="col">pictures</th>
            {judged && <th scope="col">κ of the judge</th>}
          </tr>
        </thead>
        <tbody>
          <Row name="the grade asked for (edited)" held={found.asked} judged={judged} />
          <Row name="the label (real, reconstructed)" held={found.labeled} judged={judged} />
          <Row name="the grader, all pictures" held={found.grader} judged={judged} />
          {judged && <Row name="the judge (real, edited)" held={{ reader: found.judge }} judged />}
        </tbody>
      </table>
      <p>
        You called <b>{percent(found.generatedCalledReal)}</b> of the generated pictures real, and
        {" "}
        <b>{percent(found.realCalledReal)}</b> of the real ones. {found.seconds.toFixed(1)}{" "}
        s per picture.
      </p>
      <p class="note">
        κ is quadratic weighted: 1 is agreement in everything, 0 what chance gives. Few pictures say
        little; put the files of several readers together.{judged &&
          " The judge has read real and edited pictures, and is held against the same."}
      </p>
      <div class="answers">
        <button type="button" class="main" onClick={take}>Take the answers as CSV</button>
        <button type="button" onClick={again}>Another study</button>
      </div>
    </section>
  );
}

function Row({ name, held: { reader: { kappa, error, images }, judge }, judged }: {
  name: string;
  held: Partial<Held> & Pick<Held, "reader">;
  judged: boolean;
}) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>{figure(kappa)}</td>
      <td>{figure(error)}</td>
      <td>{images}</td>
      {judged && <td>{judge ? figure(judge.kappa) : ""}</td>}
    </tr>
  );
}

function figure(value: number): string {
  return Number.isFinite(value) ? value.toFixed(2).replace("-", "−") : "–";
}

function percent(share: number): string {
  return Number.isFinite(share) ? `${Math.round(100 * share)} %` : "–";
}
