import { bloodhound } from './bloodhound.ts'
import type { Mapping } from './facts.ts'
import { merge } from './merge.ts'
import { pollhook } from './pollhook.ts'
import { polytomic } from './polytomic.ts'
import { smartsheet } from './smartsheet.ts'
import { tines } from './tines.ts'

/** How records are read, by the type of their source. A source without a line here is sent as the schema's most general event. */
export const MAPPINGS: Readonly<Record<string, Mapping>> = {
  bloodhound,
  merge,
  pollhook,
  polytomic,
  smartsheet,
  tines,
}
