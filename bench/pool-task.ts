/** What a process is told at its start. */
export interface PoolTask {
  readonly isFair: boolean
  readonly healthyUrls: readonly string[]
  /** Absent where all are healthy. */
  readonly badUrl?: string | undefined
}

/** What it is asked, one after the other. */
export type Question = 'warm up' | 'delays' | 'rates' | 'bare rates'

/** How long healthy destinations' events took from the queue to their reception. */
export interface Delays {
  /** The longest at first, while nobody knows yet that a destination is bad. */
  readonly worstAtFirstMs: number
  /** Of each window after that. */
  readonly p99Ms: readonly number[]
}

/** Deliveries to healthy destinations. */
export interface Rates {
  readonly perSecond: number
  /** Of user and system time of this process. */
  readonly perCpuSecond: number
}

/** What each destination gets, at random times. */
export const EVENTS_PER_SECOND = 10
/** As long as the first requests may hang, and somewhat longer. */
export const AT_FIRST_MS = 20_000
export const WINDOWS = 10
export const WINDOW_MS = 3_000

/** For each healthy destination, all at once. */
export const BACKLOG = 3_000
