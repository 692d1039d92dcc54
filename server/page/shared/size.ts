/** How much room an element has, in CSS pixels: what is drawn into it keeps the size of its text. */

/// <reference lib="dom" />

import { useLayoutEffect, useRef, useState } from "preact/hooks";

/** A reference to put on an element, its width and the size of the page's letters, as they change; 0 before it is there. */
export function useSize<Of extends HTMLElement>() {
  const element = useRef<Of>(null);
  const [size, setSize] = useState({ width: 0, letter: 0 });
  useLayoutEffect(() => {
    const measure = () => {
      const { fontSize } = getComputedStyle(document.documentElement);
      setSize({ width: element.current!.clientWidth, letter: parseFloat(fontSize) });
    };
    // Before anything is shown, so that nothing moves.
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element.current!);
    return () => observer.disconnect();
  }, []);
  return { element, ...size };
}
