/** What the words of the figures mean, where they stand. */

import type { ComponentChildren } from "preact";

/** What is said of each word. */
const MEANINGS: Record<string, string> = {
  "Target":
    "The grade that the frame was asked to have. A grade means the score that real patients of it have.",
  "Picture, graded again":
    "The frame is encoded as if it were a new image, and read by the grader. Met: within 0.25 grades of the target.",
  "Edited code":
    "The grade of the numbers that the frame was rendered from. It is on target by construction; the picture need not be.",
  "Original, graded": "What the grader reads in the image itself, before anything is changed.",
  "Probability of the severe side":
    "How sure the grader is that the picture lies beyond the boundary between mild and severe.",
  "Length of the edit":
    "How far the code was moved, in standard deviations of the training images (Mahalanobis distance).",
  "Farther out than":
    "How unusual the edited code is: the share of training images whose codes are nearer to the middle.",
  "Arrived of the real difference":
    "How much of what differs between real images of the two grades is seen in the frame.",
  "Change outside of the region":
    "How much the picture changed where the disease does not show, as a share of the whole range of intensity.",
  "Held, and moved by":
    "What the edit was asked to leave alone, and how far it moved all the same.",
};

/** A word that tells its meaning when it is asked. */
export function Word({ children }: { children: string }): ComponentChildren {
  const meaning = MEANINGS[children];
  if (!meaning) return <>{children}</>;
  return (
    <details class="word">
      <summary>{children}</summary>
      <p>{meaning}</p>
    </details>
  );
}
