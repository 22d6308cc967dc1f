import type { SourceConfig } from './source-config.ts'

/** How long the vendor keeps the events of a source, as far as it is known. */
export function retentionOf({ source, own }: SourceConfig): number | undefined {
  return source.retentionMs === undefined ? source.traits.retentionMs : source.retentionMs(own)
}
