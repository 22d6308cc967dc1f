/** JSON text without a line break. In JSON a line break can only be white space between tokens: inside a string it must be escaped. */
export function oneLine(json: string): string {
  return json.replaceAll(/[\r\n]/g, ' ')
}
