/** Moving something by dragging, told apart from a click. */

/// <reference lib="dom" />

import { useRef } from "preact/hooks";

/** A press that moves farther than this is no click, in pixels. */
const CLICK = 4;

/** Handlers for the element, and what to ask in its other ones. */
export function useDrag(onDrag: (dx: number, dy: number) => void) {
  const last = useRef<{ x: number; y: number } | undefined>(undefined);
  const distance = useRef(0);
  const mouse = useRef(false);
  return {
    handlers: {
      onPointerDown({ clientX, clientY, button, pointerType }: PointerEvent) {
        distance.current = 0;
        mouse.current = pointerType === "mouse";
        // Fingers scroll the page.
        if (button === 0 && mouse.current) last.current = { x: clientX, y: clientY };
      },
      onPointerUp() {
        last.current = undefined;
      },
      onPointerCancel() {
        last.current = undefined;
      },
    },
    /** Whether the movement was a drag. */
    move({ clientX, clientY, buttons }: PointerEvent): boolean {
      const before = last.current;
      if (!before || !buttons) {
        last.current = undefined;
        return false;
      }
      const [dx, dy] = [clientX - before.x, clientY - before.y];
      distance.current += Math.hypot(dx, dy);
      last.current = { x: clientX, y: clientY };
      if (distance.current > CLICK) onDrag(dx, dy);
      return distance.current > CLICK;
    },
    /** Whether the press that has just ended was a drag. */
    moved: () => distance.current > CLICK,
    /** Whether it was by a mouse, which can look before it clicks. */
    byMouse: () => mouse.current,
  };
}
