/** The path that a part of the page shows. */

import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { example } from "./example.ts";
import { main } from "./main.ts";
import type { PathSlot } from "./slot.ts";

export const SlotContext = createContext<PathSlot | undefined>(undefined);

/** The path around, or the one that the choices are about; an example until that is there. */
export function useSlot(): PathSlot {
  return useContext(SlotContext) ?? example.value ?? main.value;
}
