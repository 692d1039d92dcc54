/** What pixels say of a picture beside any grade: how bright, contrasted and sharp it is. */

/** Changes from another picture, each as a share of that picture's contrast (brightness), or of its own value. */
export interface Look {
  readonly brightness: number;
  readonly contrast: number;
  readonly sharpness: number;
}

/** What a picture has that another has not. */
export function lookOf(picture: ImageData, before: ImageData): Look {
  const [now, then] = [measured(picture), measured(before)];
  return {
    brightness: (now.mean - then.mean) / (then.deviation || 1),
    contrast: now.deviation / (then.deviation || 1) - 1,
    sharpness: now.edges / (then.edges || 1) - 1,
  };
}

/** Mean and standard deviation of the gray values, and the mean size of the steps between neighbors. */
function measured({ data, width, height }: ImageData) {
  const gray = Float32Array.from(
    { length: width * height },
    (_, i) => (data[4 * i] + data[4 * i + 1] + data[4 * i + 2]) / 3,
  );
  const mean = gray.reduce((sum, value) => sum + value, 0) / gray.length;
  const spread = gray.reduce((sum, value) => sum + (value - mean) ** 2, 0) / gray.length;
  let edges = 0;
  for (let i = 0; i < gray.length; i++) {
    if ((i + 1) % width) edges += Math.abs(gray[i + 1] - gray[i]);
    if (i + width < gray.length) edges += Math.abs(gray[i + width] - gray[i]);
  }
  return { mean, deviation: Math.sqrt(spread), edges: edges / gray.length };
}
