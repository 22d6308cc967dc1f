/** A name as a program writes it, in plain words: `StoryItems` as `Story items`, `ACCESS_TOKEN` as `Access token`, `SSOProvider` as `SSO provider`. */
export function plainWords(name: string): string {
  const words = name.includes('_') || name === name.toUpperCase() ? name.toLowerCase().split('_') : camelWords(name)
  const text = words.join(' ')
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** Capitals that stand together are an abbreviation and keep their case. */
function camelWords(name: string): string[] {
  const words = name.match(/[A-Z]+(?![a-z])|[A-Z]?[^A-Z]+|[A-Z]/g) ?? []
  return words.map((word) => (/^[A-Z]+$/.test(word) ? word : word.toLowerCase()))
}
