/** A Markdown table with padded columns, as the formatter wants it. The first row is the header. */
export function markdownTable([header = [], ...rows]: readonly (readonly string[])[]): string {
  const widths = header.map((_, column) =>
    Math.max(3, ...[header, ...rows].map((row) => [...(row[column] ?? '')].length)),
  )
  const line = (cells: readonly string[]) =>
    `| ${widths.map((width, column) => padded(cells[column] ?? '', width)).join(' | ')} |`
  return [line(header), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')
}

/** By characters, not by the halves that long ones have in a JavaScript string. */
function padded(text: string, width: number): string {
  return text + ' '.repeat(width - [...text].length)
}
