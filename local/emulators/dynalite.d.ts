/** The part of dynalite 4 that is used; the package has no types of its own. */
declare module 'dynalite' {
  import type { Server } from 'node:http'

  /** @param options `path`: the LevelDB folder. `createTableMs`: how long a new table stays in CREATING */
  export default function dynalite(options: { path: string; createTableMs?: number }): Server
}
