/** Names of figures and options as a reader says them. */

/** `learningRate` to `Learning rate`. */
export function inWords(name: string): string {
  const words = name.replace(/([a-z\d])([A-Z])/g, (_, a, b) => `${a} ${b.toLowerCase()}`);
  return words[0].toUpperCase() + words.slice(1);
}
