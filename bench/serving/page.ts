/** The page in a real browser: frames per second while the slider is dragged, the time to a stored path, and what a hundred paths leave behind. */

import { withPage } from "../../deno_test/server/page/browser.ts";

const DONE = '.strip[aria-busy="false"]';
/** Paths that are looked at, and moves of a drag. */
const [PATHS, MOVES] = [100, 120];

await withPage(async (page) => {
  await page.waitForSelector(".ticks i >> nth=15", { timeout: 60_000 });
  const slider = (await page.locator(".along").boundingBox())!;
  await page.evaluate(`{
    window.frames_ = [];
    const tick = (now) => { window.frames_.push(now); requestAnimationFrame(tick); };
    requestAnimationFrame(tick);
  }`);
  await page.mouse.move(slider.x + 8, slider.y + slider.height / 2);
  await page.mouse.down();
  for (let i = 0; i <= MOVES; i++) {
    const share = Math.abs(1 - 2 * i / MOVES);
    await page.mouse.move(slider.x + 8 + (slider.width - 16) * share, slider.y + slider.height / 2);
  }
  await page.mouse.up();
  const frames = await page.evaluate("window.frames_") as number[];
  const gaps = frames.slice(1).map((now, i) => now - frames[i]).sort((a, b) => a - b);
  const fps = 1000 * gaps.length / gaps.reduce((sum, gap) => sum + gap, 0);
  console.log(`drag: ${fps.toFixed(0)} fps, frame p95 ${quantile(gaps, 0.95).toFixed(1)} ms`);

  // All of them once, so that they are stored.
  const names = Array.from({ length: 6 }, (_, i) => `val-${i}`);
  const show = async (name: string) => {
    const start = performance.now();
    await page.click(`.thumbnails [aria-label^="${name},"]`);
    await page.waitForSelector(`.stage h2:has-text("${name}")`);
    await page.waitForSelector(DONE, { timeout: 30_000 });
    return performance.now() - start;
  };
  for (const name of names) await show(name);
  const session = await page.context().newCDPSession(page);
  const heap = async () => {
    await session.send("HeapProfiler.collectGarbage");
    const { usedSize } = await session.send("Runtime.getHeapUsage");
    const { nodes } = await session.send("Memory.getDOMCounters");
    return { mb: usedSize / 1e6, nodes };
  };
  const before = await heap();
  const times: number[] = [];
  for (let i = 0; i < PATHS; i++) times.push(await show(names[i % names.length]));
  const after = await heap();
  times.sort((a, b) => a - b);
  console.log(
    `stored path: median ${quantile(times, 0.5).toFixed(0)} ms, p95 ${
      quantile(times, 0.95).toFixed(0)
    } ms`,
  );
  console.log(
    `${PATHS} paths: heap ${before.mb.toFixed(2)} → ${
      after.mb.toFixed(2)
    } MB, DOM nodes ${before.nodes} → ${after.nodes}`,
  );
}, { view: { reducedMotion: "reduce", viewport: { width: 1280, height: 800 } } });
// The browser has no end of its own here.
Deno.exit(0);

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}
