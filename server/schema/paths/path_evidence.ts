/** The evidence beside a path: what a judge says, what the pixels say, what was asked for and is no frame. */

import type { SharedTypes } from "../shared_types.ts";
import { figure, type HeldData } from "../task_data.ts";

/** Adds the types of the evidence. */
export function addEvidence({ builder, values }: SharedTypes): void {
  const { Verdict, JudgedPath, Familiarity, UnreachedTarget, Measured, SeenChange, Target } =
    values;
  Verdict.implement({
    description: "What a judge, a network beside the probe, says about a picture.",
    fields: (t) => ({
      grade: t.float({
        nullable: true,
        description: "The grade that it expects; null where it only answers yes or no.",
        resolve: ({ grade }) => figure(grade),
      }),
      probability: t.float({
        nullable: true,
        description: "Its probability of the severe side; null where it tells grades alone.",
        resolve: ({ probability }) => figure(probability),
      }),
      label: t.exposeInt("label", {
        nullable: true,
        description: "Its likeliest class, where classes have no order.",
      }),
    }),
  });
  JudgedPath.implement({
    description: "What a judge says about a path, beside its frames.",
    fields: (t) => ({
      name: t.exposeString("name", { description: "The judge." }),
      original: t.field({
        type: Verdict,
        nullable: true,
        description: "What it says about the image.",
        resolve: ({ original }) => original,
      }),
      reconstruction: t.field({
        type: Verdict,
        nullable: true,
        description: "What it says about the image encoded and rendered without an edit.",
        resolve: ({ reconstruction }) => reconstruction,
      }),
    }),
  });
  Familiarity.implement({
    description: "Whether an image is one of the kind that a model learned from.",
    fields: (t) => ({
      verdict: t.exposeString("verdict", {
        description:
          "`familiar`, `unusual` or `foreign`: p at least 0.05, at least 0.01, or below.",
      }),
      p: t.exposeFloat("p", {
        description: "The share of the images held out that are as strange.",
      }),
      trait: t.exposeString("trait", {
        description:
          "What is strangest about it: its `code`, the `picture` beside its code, its `orientation`, or its `detail`.",
      }),
      images: t.exposeInt("images", { description: "How many images were held out." }),
      measuredOn: t.exposeString("measuredOn", { description: "Their split." }),
    }),
  });
  Target.implement({
    description: "What a frame is to arrive at: one of these.",
    fields: (t) => ({
      grade: t.float({
        nullable: true,
        description: "A grade, or a value of a continuous scale.",
        resolve: ({ grade }) => figure(grade),
      }),
      score: t.float({
        nullable: true,
        description: "A signed distance to the decision boundary, in σ.",
        resolve: ({ score }) => figure(score),
      }),
      probability: t.float({
        nullable: true,
        description: "A probability of the severe side.",
        resolve: ({ probability }) => figure(probability),
      }),
      class: t.string({
        nullable: true,
        description: "A name of the scale, or its place among them.",
        resolve: (target) => target.class === undefined ? null : String(target.class),
      }),
    }),
  });
  UnreachedTarget.implement({
    description: "A target that is no frame of the path.",
    fields: (t) => ({
      target: t.field({
        type: Target,
        description: "What was asked for.",
        resolve: ({ target }) => target,
      }),
      reason: t.exposeString("reason", { description: "Why it is not shown." }),
    }),
  });
  const held = builder.objectRef<HeldData>("HeldAttribute").implement({
    description: "Something that an edit was asked to leave alone.",
    fields: (t) => ({
      name: t.exposeString("name", { description: "The attribute." }),
      change: t.float({
        nullable: true,
        description:
          "How far it moved all the same, measured from pixels, in standard deviations of the training images; null where it could not be measured.",
        resolve: ({ change }) => figure(change),
      }),
    }),
  });
  Measured.implement({
    description:
      "A quantity of a frame's pixels, as the data set defines it: neither encoder nor probe has a part in it.",
    fields: (t) => ({
      name: t.exposeString("name", { description: "What is measured." }),
      unit: t.exposeString("unit", { description: "As share of the image's height." }),
      value: t.float({
        nullable: true,
        description: "Its value; null where it cannot be told.",
        resolve: ({ value }) => figure(value),
      }),
    }),
  });
  SeenChange.implement({
    description: "What the pixels of a frame say, compared with the reconstruction.",
    fields: (t) => ({
      held: t.field({
        type: [held],
        description: "What was held.",
        resolve: ({ held }) => [...held ?? []],
      }),
      outside: t.float({
        nullable: true,
        description: "The correlation outside of the region.",
        resolve: ({ outside }) => figure(outside),
      }),
      outsideChange: t.float({
        nullable: true,
        description:
          "The root mean square change outside of the region, in intensity (images go from −1 to 1).",
        resolve: ({ outsideChange }) => figure(outsideChange),
      }),
      arrived: t.float({
        nullable: true,
        description:
          "Of the mean difference of real images of the two grades, the share that the frame shows; 1 is all.",
        resolve: ({ arrived }) => figure(arrived),
      }),
      likeness: t.float({
        nullable: true,
        description: "The correlation of the change with that difference.",
        resolve: ({ likeness }) => figure(likeness),
      }),
    }),
  });
}
