/** The model whose codes are mapped, for all parts of the view. */

import { createContext } from "preact";
import { useContext } from "preact/hooks";

export const MapModelContext = createContext("");

/** Its id. */
export function useMapModel(): string {
  return useContext(MapModelContext);
}
