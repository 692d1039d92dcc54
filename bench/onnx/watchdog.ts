/** Ends the process when a file has not changed for long: what computes in native code hears nothing else. */

/** In ms. */
const PATIENCE = 20_000;

// The part of a worker's global scope that is used; the library for workers clashes with the one for pages.
declare const self: { onmessage: ((event: MessageEvent<string>) => void) | null };

self.onmessage = ({ data: path }) => {
  let last = "";
  let since = performance.now();
  setInterval(() => {
    const text = Deno.readTextFileSync(path);
    if (text !== last) [last, since] = [text, performance.now()];
    else if (performance.now() - since > PATIENCE) Deno.kill(Deno.pid, "SIGKILL");
  }, 500);
};
