import type { AnySource } from '../../../shared/contracts/source.ts'
import { smartsheet } from './smartsheet.ts'
import { tines } from './tines.ts'

/** Every kind of source by its type. A new one is its file and a line here. */
export const SOURCES: Readonly<Record<string, AnySource>> = {
  smartsheet,
  tines,
}
