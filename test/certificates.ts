import { readFileSync } from 'node:fs'

/** The text of a certificate or key of test/fixtures/tls, such as `server` or `server-key`. `make.sh` there says what each is. */
export function pem(name: string): string {
  return readFileSync(new URL(`./fixtures/tls/${name}.pem`, import.meta.url), 'utf8')
}
