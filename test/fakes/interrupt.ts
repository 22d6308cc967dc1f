/**
 * Called before and after each effect of a fake, as `<effect>:before` and `<effect>:after`. What it throws stops the caller: before,
 * nothing has happened; after, it has happened and the caller does not know.
 */
export type Interrupt = (step: string) => void

/** Makes an effect that can be interrupted on either side. */
export function effect<T>(interrupt: Interrupt | undefined, name: string, act: () => T): T {
  interrupt?.(`${name}:before`)
  const result = act()
  interrupt?.(`${name}:after`)
  return result
}
