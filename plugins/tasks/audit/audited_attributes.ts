/** Which attributes an audit looks at, and which of them are the disease. */

import { type Dataset, InputError, type Measurement } from "@countergrade/countergrade";
import { namedAttributesOf } from "../data/attributes.ts";

/** An attribute with whether it belongs to the disease. */
export interface AuditedAttribute {
  readonly measurement: Measurement;
  /** It is what the grade is about: an edit shall move it. */
  readonly disease: boolean;
}

/**
 * All attributes of a data set's images and the traces that scanners and hands leave. Of the disease are those named, else what the data
 * set itself measures: what defines grades where something does, otherwise all of it.
 *
 * @throws {InputError} When a name is none of them.
 */
export function auditedAttributes(
  dataset: Dataset,
  disease: readonly string[] | undefined,
): readonly AuditedAttribute[] {
  const all = namedAttributesOf(dataset).filter(({ part }) => !part);
  const own = (dataset.measurements ?? []).filter(({ part }) => !part);
  const unknown = disease?.find((name) => !all.some((one) => one.name === name));
  if (unknown !== undefined) {
    throw new InputError(
      `Cannot audit: expected attributes of ${
        all.map(({ name }) => name).join(", ")
      }, there is no "${unknown}"`,
      ["disease"],
    );
  }
  const graded = own.filter(({ grade }) => grade);
  const usual = (graded.length ? graded : own).map(({ name }) => name);
  const named = new Set(disease ?? usual);
  return all.map((measurement) => ({ measurement, disease: named.has(measurement.name) }));
}
