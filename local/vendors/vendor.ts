import type { HttpRequest, HttpResponse } from '../../shared/contracts/http.ts'

/**
 * A simulated vendor: its API as its documents describe it, over a log in memory. It is written from the vendor's side and
 * shares no code with the source that reads it. The demo, the crash simulation and the end-to-end test use it.
 */
export interface SimulatedVendor {
  /** The `type` of the source that reads it. */
  readonly type: string
  /** The source's own configuration fields, without `baseUrl`; credentials as secret references. */
  readonly settings: Readonly<Record<string, unknown>>
  /** The secrets that `settings` refers to, by name; requests without them are answered as the vendor does. */
  readonly secrets: Readonly<Record<string, string>>
  /** An empty log. @param seed chooses ids and contents; the same seed gives the same records */
  open(seed: number): VendorLog
}

export interface VendorLog {
  /**
   * Writes an event that happened at `at` and that readers see from `visibleAt` on (a late commit; `at` by default).
   *
   * @returns the vendor's id, as text, and the record's JSON text exactly as `answer` will show it
   */
  emit(at: Date, visibleAt?: Date): { readonly id: string; readonly raw: string }
  /** The vendor's answer, errors included. It checks the credential, every parameter and its limits. */
  answer(request: HttpRequest, now: Date): HttpResponse
}
