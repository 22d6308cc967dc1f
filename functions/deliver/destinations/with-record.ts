/**
 * An object as JSON text: the members of `head`, then `name` with the record as it was written. The record is spliced in
 * and never parsed, so no number is rounded and no key moved.
 *
 * @param head has at least one member
 */
export function withRecord(head: Readonly<Record<string, unknown>>, name: string, record: string): string {
  return `${JSON.stringify(head).slice(0, -1)},${JSON.stringify(name)}:${record}}`
}
