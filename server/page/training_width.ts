/** How wide an element is, in CSS pixels: what is drawn into it keeps the size of its text. */

/// <reference lib="dom" />

import { useEffect, useRef, useState } from "preact/hooks";

/** A reference to put on an element, and its width; 0 before it is known. */
export function useWidth<Of extends HTMLElement>() {
  const element = useRef<Of>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const observer = new ResizeObserver(([{ contentRect }]) =>
      setWidth(Math.floor(contentRect.width))
    );
    if (element.current) observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return { element, width };
}
