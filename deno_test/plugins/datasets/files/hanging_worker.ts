/** A worker that answers for all sources but those called `hang`, which keep it busy for long. */

/** In ms: a thread that is ended goes on computing, and would take its core from all tests to come. */
const SPELL = 5_000;

declare const self: {
  onmessage: (event: MessageEvent<{ number: number; source: { file: string } }>) => void;
  postMessage(message: unknown): void;
};

self.onmessage = ({ data: { number, source } }) => {
  if (source.file === "hang") {
    for (const start = performance.now(); performance.now() < start + SPELL;);
  }
  self.postMessage({ number, reading: { skipped: `seen ${source.file}` } });
};
