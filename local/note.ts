import type { FunctionError } from './function-process.ts'

/** What a local run has to say while it runs. */
export type Note =
  /** A line that a function wrote. */
  | {
      readonly kind: 'line'
      readonly functionName: string
      readonly text: string
      readonly stream: 'stdout' | 'stderr'
    }
  /** An invocation that failed as a whole. */
  | { readonly kind: 'failure'; readonly functionName: string; readonly error: FunctionError }
  /** The configuration folder was read again, and this is different. */
  | { readonly kind: 'folder'; readonly change: 'added' | 'changed' | 'removed'; readonly name: string }
  /** Something that takes a while has begun. */
  | { readonly kind: 'progress'; readonly text: string }
  /** Something that a person should look at, in one sentence. */
  | { readonly kind: 'problem'; readonly text: string }
