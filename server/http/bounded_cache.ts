/** What is remembered, the longest unused forgotten first, within a bound on its size. */

/** A cache by text. */
export class BoundedCache<Value> {
  readonly #entries = new Map<string, { value: Value; size: number }>();
  readonly #capacity: number;
  #size = 0;

  /** `capacity` of the sizes of all entries; an entry that has no size of its own counts the characters of its key. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** The sizes of all entries. */
  get size(): number {
    return this.#size;
  }

  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry && this.#entries.delete(key)) this.#entries.set(key, entry);
    return entry?.value;
  }

  set(key: string, value: Value, size: number = key.length): void {
    this.delete(key);
    this.#entries.set(key, { value, size });
    this.#size += size;
    for (const oldest of this.#entries.keys()) {
      if (this.#size <= this.#capacity) return;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    this.#size -= this.#entries.get(key)?.size ?? 0;
    this.#entries.delete(key);
  }
}
