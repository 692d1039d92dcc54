/** A metric: by how much the grade of a frame's picture exceeds the grade that was asked for. */

import { definePlugin, metrics, type PathRecord, type Plugin } from "@countergrade/countergrade";

const name = "templatePlugin";

/** Change here: the same names for every path; NaN where a figure has no meaning. */
function measure({ imageGrades, targetGrades }: PathRecord): Record<string, number> {
  const excess = imageGrades.map((grade, i) => grade - targetGrades[i]);
  return {
    overshootMax: Math.max(...excess),
    overshootMean: excess.reduce((sum, value) => sum + value, 0) / excess.length,
  };
}

/** What Countergrade loads. */
const plugin: Plugin = definePlugin({
  id: "template-plugin",
  version: "0.1.0",
  apiVersion: "^1",
  provides: { metrics: [name] },
  setup(registry) {
    registry.add(metrics, {
      name,
      // Definition, unit, which way is better.
      description: "Excess of the picture's grade over the grade asked for, in grades; 0 is best",
      // A metric that calls the models says here what that costs, and takes them as second argument.
      // cost: "one rendering of every frame",
      measure,
    });
  },
});

export default plugin;
