import { readFileSync } from 'node:fs'
import type { HttpResponse } from '../../../../shared/contracts/http.ts'

/** A recorded answer of a vendor: `test/fixtures/<path>`. */
export function fixture(path: string, status = 200): HttpResponse {
  const body = readFileSync(new URL(`../../../fixtures/${path}`, import.meta.url), 'utf8')
  const type = path.endsWith('.html') ? 'text/html' : 'application/json; charset=utf-8'
  return { status, headers: { 'content-type': type }, body }
}
