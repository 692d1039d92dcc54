/** Table and plot of an evaluation, as texts that others read. */

import { assert, assertEquals } from "@std/assert";
import type { EvaluatedPath } from "../../../../plugins/tasks/evaluation/evaluated_path.ts";
import type { Summary } from "../../../../plugins/tasks/evaluation/figures.ts";
import { evaluationChart } from "../../../../plugins/tasks/evaluation/charts.ts";
import { evaluationTable } from "../../../../plugins/tasks/evaluation/table.ts";
import { plainReview } from "../../../../plugins/tasks/probes/review.ts";
import { reviewTable } from "../../../../plugins/tasks/probes/review_table.ts";

const summary: Summary = {
  paths: 1,
  frames: 2,
  gradeMae: 0.123456,
  met: 0.5,
  intervals: [{ name: "met", low: 0.25, high: 0.75 }],
  measurements: [],
  figures: [{ name: "odd|name", mean: 1e-7, median: 2, low: 0, high: 12345.6, paths: 1 }],
};

/** A path whose frames show `shown` where 0, 1, … was asked for. */
function path(shown: readonly number[]): EvaluatedPath {
  const frames = shown.map((imageGrade, index) => ({ index, targetGrade: index, imageGrade }));
  return { frames } as unknown as EvaluatedPath;
}

Deno.test("a table rounds to four digits, leaves out what is unknown and escapes bars", () => {
  assertEquals(
    evaluationTable("A\ntitle", summary),
    `# A title

| Over all frames | Value | 95 % interval |
| --- | ---: | ---: |
| Paths | 1 | – |
| Frames | 2 | – |
| Mean absolute difference of requested and image grade | 0.1235 | – |
| Share of frames within the tolerance | 0.5 | 0.25 to 0.75 |

| Per path | Mean | 95 % interval of the mean | Median | Paths |
| --- | ---: | ---: | ---: | ---: |
| odd\\|name | 1e-7 | 0 to 12350 | 2 | 1 |
`,
  );
});

Deno.test("frames on the diagonal lie on the dashed line, names are escaped", () => {
  const scale = { type: "ordinal" as const, names: ["<b>", "0 & 1"] };
  const plot = evaluationChart([path([0, 1])], scale);
  const lines = [...plot.matchAll(/<g [^>]*aria-label="line"[^>]*><path d="([^"]*)"/g)];
  const [own, diagonal, means] = lines;
  assertEquals(lines.length, 3);
  assertEquals(own[1], diagonal[1]);
  assertEquals(own[1], means[1]);
  assert(/class="guide"/.test(diagonal[0]) && /stroke-dasharray/.test(diagonal[0]));
  assert(plot.includes(">0 &lt;b&gt;<") && plot.includes(">1 0 &amp; 1<"));
  assert(!plot.includes("<b>"));
});

Deno.test("higher grades are farther up, and one frame alone can be drawn", () => {
  const scale = { type: "binary" as const, names: ["no", "yes"] };
  const heights = [...evaluationChart([path([0, 2])], scale).matchAll(/cy="([\d.]+)"/g)]
    .map(([, y]) => Number(y));
  assert(heights[0] > heights[1], `${heights}`);
  assert(!/NaN/.test(evaluationChart([path([1])], scale)));
});

Deno.test("a measurement's table has the re-encoded figures beside its own, and leaves out what is unknown", () => {
  const measurement = { name: "height", unit: "px", found: 0.5, frames: 1, spearman: 0.9 };
  const intervals = [{ name: "spearman", low: 0.8, high: 1 }];
  const table = evaluationTable("A", {
    ...summary,
    measurements: [{ ...measurement, gradeMae: 0.25, imageGradeMae: 0.125, intervals }],
  });
  assert(
    table.includes(`| height (px), found in 50 % of frames | Measured | Re-encoded |
| --- | ---: | ---: |
| Spearman's ρ with the requested grade | 0.9 (0.8 to 1) | – |
| Mean absolute difference to the requested grade | 0.25 | 0.125 |

`),
    table,
  );
});

Deno.test("the review's table names sides and labels, and rounds", () => {
  const review = {
    images: 3,
    figures: [
      { name: "accuracy", value: 0.66666, low: 0, high: 1, baseline: -1e-16 },
      { name: "auc", value: 0.5 },
    ],
    confusion: [[1, 0], [1, 1]],
    binaryConfusion: [[1, 0], [1, 1]],
    reliability: [],
  };
  const scale = { type: "binary" as const, names: ["calm", "ill|sick"] };
  assertEquals(
    reviewTable("T\nitle", review, scale, 1),
    `# T itle

| Probe on 3 images | Value | 95 % interval | Trivial answer |
| --- | ---: | ---: | ---: |
| Accuracy of the binary question | 0.667 | 0 to 1 | 0 |
| AUC of the scores | 0.5 | – | – |

| Label ↓ told → | calm | ill\\|sick |
| --- | ---: | ---: |
| calm | 1 | 0 |
| ill\\|sick | 1 | 1 |

| Binary question ↓ told → | below ill\\|sick | ill\\|sick or worse |
| --- | ---: | ---: |
| below ill\\|sick | 1 | 0 |
| ill\\|sick or worse | 1 | 1 |
`,
  );
});

Deno.test("the review's table of a nominal scale names the class, that of numbers has no matrix of labels", () => {
  const review = {
    images: 1,
    figures: [],
    confusion: [],
    binaryConfusion: [[1, 0], [0, 0]],
    reliability: [],
  };
  const nominal = { type: "nominal" as const, names: ["cyst", "tumor"] };
  assert(reviewTable("T", review, nominal, 1).includes("| not tumor | tumor |"));
  const age = reviewTable("T", review, { ...nominal, names: ["age"] }, 50);
  assert(age.includes("| not 50 | 50 |") && !age.includes("Label ↓"), age);
});

Deno.test("a plain review leaves out figures and intervals without meaning", () => {
  const reviewed = (name: "auc" | "mae" | "qwk", value: number, low = value) => ({
    name,
    value,
    low,
    high: low,
    baseline: NaN,
  });
  const { figures } = plainReview({
    images: 1,
    figures: [reviewed("auc", NaN), reviewed("mae", 0.5), reviewed("qwk", 1, NaN)],
    confusion: [[1]],
    binaryConfusion: [[1, 0], [0, 0]],
    reliability: [],
  });
  assertEquals(figures, [
    { name: "mae", value: 0.5, low: 0.5, high: 0.5 },
    { name: "qwk", value: 1 },
  ]);
});
