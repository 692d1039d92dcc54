/** On the phantom the truth can be measured: what the probe says about re-encoded frames is what their pixels say. */

import { installModels } from "@countergrade/countergrade/jobs";
import { assert, assertEquals } from "@std/assert";
import type { MeasurementSummary } from "../../../plugins/tasks/evaluation/measurements.ts";
import { Chain } from "../../chain/chain.ts";

Deno.test(
  "metrics of re-encoded grades agree with those of measured heights",
  { timeout: 240_000 },
  async () => {
    await using chain = await Chain.open({});
    await installModels(chain.workspace, chain.host);
    const { items } = await chain.workspace.store.artifacts.list({ kind: "probe" });
    const probe = items.find(({ metadata }) => metadata.dataset === "vertebra")!.id;
    const evaluated = await chain.done("evaluate", {
      dataset: "vertebra",
      split: "test",
      probe,
      limit: 6,
      graded: 0,
    });
    const [measured]: MeasurementSummary[] = evaluated.measurements;
    assertEquals([measured.name, measured.found, measured.frames], ["heightLoss", 1, 24]);
    const text = JSON.stringify(measured);
    assert(measured.spearman! > 0.9 && measured.imageSpearman! > 0.9, text);
    assert(measured.agreementMae! < 0.4, text);
    assert(Math.abs(measured.gradeMae! - measured.imageGradeMae!) < 0.3, text);
    assert(Math.abs(measured.validity! - measured.imageValidity!) <= 2 / 24, text);
    assert(Math.abs(measured.success! - measured.imageSuccess!) <= 0.25, text);
  },
);
