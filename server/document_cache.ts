/** What is remembered per document, the longest unused forgotten first, within a bound on memory. */

/** Characters of all documents: a parsed one takes some 200 times its text. */
const CAPACITY = 200_000;

/** A cache by document. */
export class DocumentCache<Value> {
  #values = new Map<string, Value>();
  #capacity: number;
  #size = 0;

  /** `capacity` in characters of keys. */
  constructor(capacity: number = CAPACITY) {
    this.#capacity = capacity;
  }

  /** The characters of all keys. */
  get size(): number {
    return this.#size;
  }

  get(document: string): Value | undefined {
    const value = this.#values.get(document);
    if (value !== undefined && this.#values.delete(document)) this.#values.set(document, value);
    return value;
  }

  set(document: string, value: Value): void {
    this.#forget(document);
    this.#values.set(document, value);
    this.#size += document.length;
    for (const oldest of this.#values.keys()) {
      if (this.#size <= this.#capacity) return;
      this.#forget(oldest);
    }
  }

  #forget(document: string): void {
    if (this.#values.delete(document)) this.#size -= document.length;
  }
}
