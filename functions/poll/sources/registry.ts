import type { AnySource } from '../../../shared/contracts/source.ts'
import { bloodhound } from './bloodhound.ts'
import { merge } from './merge.ts'
import { polytomic } from './polytomic.ts'
import { smartsheet } from './smartsheet.ts'
import { tines } from './tines.ts'

/** Every kind of source by its type. A new one is its file and a line here. */
export const SOURCES: Readonly<Record<string, AnySource>> = {
  bloodhound,
  merge,
  polytomic,
  smartsheet,
  tines,
}
