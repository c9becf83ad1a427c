/** The terminal's width in characters, limited to readable values. Default: 100. */
const terminalWidth = (): number => Math.max(60, Math.min(process.stdout.columns || 100, 140))

/** Breaks `text` between words into lines of at most `width`; a longer word stands alone. */
function wrap(text: string, width: number): string[] {
  const lines = ['']
  for (const word of text.split(/\s+/)) {
    const line = lines.at(-1) ?? ''
    if (line === '') lines[lines.length - 1] = word
    else if (line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines
}

/** Two texts side by side, each wrapped to half of `width`. */
export function sideBySide(left: string, right: string, width = terminalWidth()): string {
  const half = Math.floor((width - 7) / 2)
  const [lefts, rights] = [wrap(left, half), wrap(right, half)]
  const lines = Array.from({ length: Math.max(lefts.length, rights.length) })
  return lines.map((_, i) => `  ${(lefts[i] ?? '').padEnd(half)} │ ${rights[i] ?? ''}`.trimEnd()).join('\n')
}
