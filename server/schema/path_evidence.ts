/** The evidence beside a path: what a judge says, what the pixels say, what was asked for and is no frame. */

import type { SharedTypes } from "./shared_types.ts";
import { figure } from "./task_data.ts";

/** What a judge says about one picture. */
export interface VerdictData {
  readonly grade?: number | null;
  readonly probability?: number | null;
  readonly label?: number | null;
}

/** How far something moved that was held. */
interface HeldData {
  readonly name: string;
  readonly change: number | null;
}

/** What the pixels of a frame say. */
export interface SeenData {
  readonly held?: readonly HeldData[];
  readonly outside?: number;
  readonly outsideChange?: number;
  readonly arrived?: number;
  readonly likeness?: number;
}

/** A judge, and what it says beside the frames. */
export interface JudgeData {
  readonly name: string;
  readonly original?: VerdictData;
  readonly reconstruction?: VerdictData;
}

/** A target that is no frame. */
export interface UnreachedData {
  readonly target: Readonly<Record<string, unknown>>;
  readonly reason: string;
}

/** Names the types of the evidence. */
export function evidenceTypes({ builder }: SharedTypes) {
  const verdict = builder.objectRef<VerdictData>("Verdict").implement({
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
  const judged = builder.objectRef<JudgeData>("JudgedPath").implement({
    description: "What a judge says about a path, beside its frames.",
    fields: (t) => ({
      name: t.exposeString("name", { description: "The judge." }),
      original: t.field({
        type: verdict,
        nullable: true,
        description: "What it says about the image.",
        resolve: ({ original }) => original,
      }),
      reconstruction: t.field({
        type: verdict,
        nullable: true,
        description: "What it says about the image encoded and rendered without an edit.",
        resolve: ({ reconstruction }) => reconstruction,
      }),
    }),
  });
  const unreached = builder.objectRef<UnreachedData>("UnreachedTarget").implement({
    description: "A target that is no frame of the path.",
    fields: (t) => ({
      target: t.field({
        type: "JSON",
        description: "What was asked for, as `{ grade: 4 }`.",
        resolve: ({ target }) => target,
      }),
      reason: t.exposeString("reason", { description: "Why it is not shown." }),
    }),
  });
  return { verdict, judged, unreached, seen: seenType(builder) };
}

function seenType(builder: SharedTypes["builder"]) {
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
  return builder.objectRef<SeenData>("SeenChange").implement({
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
