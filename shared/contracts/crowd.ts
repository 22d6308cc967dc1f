import { z } from 'zod'
import type { HttpResponse } from './http.ts'
import { parseJson } from './records.ts'
import type { Page } from './source.ts'

/** What a piece of a log has besides its bounds where a single instant fills a page, and the vendor can be asked for one type alone. */
export const crowdFields = {
  /** The types of that page. What types there are is asked next. */
  shown: z.array(z.string()).optional(),
  /** Then the instant is asked for type by type. */
  type: z.string().optional(),
  /** True where it is asked for once more in the largest page there is, before it is called a gap. */
  full: z.literal(true).optional(),
  /** True for the last of its types where there may be others: the instant is a gap. */
  doubtful: z.literal(true).optional(),
}

interface Crowd {
  readonly shown?: string[] | undefined
  readonly type?: string | undefined
  readonly full?: true | undefined
  readonly doubtful?: true | undefined
}

/** The types of a page, each once. */
export function shownTypes({ events }: Page): string[] {
  return [...new Set(events.map(({ type }) => type))]
}

/**
 * One piece for each type of an instant. Those that the page did not show come first: with them it is seen at once if the vendor filters.
 *
 * @param known the types of the vendor's documents
 * @param listed the vendor's own list; undefined where it gives none, so that there may be types that nobody asks for
 * @param untyped what records without a type are called, which cannot be asked for alone either
 */
export function byType<Piece extends Crowd>(
  { shown = [], ...instant }: Piece,
  known: readonly string[],
  listed: readonly string[] | undefined,
  untyped: string,
): (Omit<Piece, 'shown'> & Crowd)[] {
  const all = [...new Set([...known, ...(listed ?? [])])]
  const types = [...all.filter((type) => !shown.includes(type)), ...shown]
  const isDoubtful = listed === undefined || shown.includes(untyped)
  return types.map((type, index) => ({
    ...instant,
    type,
    ...(isDoubtful && index === types.length - 1 && { doubtful: true as const }),
  }))
}

const list = z.object({ data: z.array(z.string()).min(1) })

/**
 * A vendor's list of types, `{"data":["…"]}`; undefined for JSON of any other shape, which is no reason to stop.
 *
 * @throws Fault `unexpected-answer` for what is no JSON, such as a maintenance notice: a later answer may be the list
 */
export function listedTypes(response: HttpResponse): readonly string[] | undefined {
  return list.safeParse(parseJson(response)).data?.data
}
