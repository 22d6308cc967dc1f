/** The package has no types of its own; this is the part of its README that the tests use. */
declare module 'splunk-logging' {
  export class Logger {
    constructor(config: { token: string; url: string; maxRetries?: number; maxBatchCount?: number })
    error: (error: Error) => void
    send(
      context: { message: unknown; metadata?: Readonly<Record<string, unknown>>; severity?: string },
      callback: (error: Error | null, response: unknown, body: unknown) => void,
    ): void
    flush(callback: (error: Error | null, response: unknown, body: unknown) => void): void
  }
}
