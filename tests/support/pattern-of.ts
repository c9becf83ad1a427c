/** Matches the text exactly; an ellipsis matches anything, within a line or across lines. */
export function patternOf(text: string): RegExp {
  const lines = text
    .trimEnd()
    .split('\n')
    .map(line => {
      if (line === '…') return '(?:[^]*?)'
      return line
        .split('…')
        .map(part => part.trim().split(/\s+/).map(escape).join('\\s+'))
        .join('.*')
    })
  return new RegExp(`^\\s*${lines.join('\\s+')}\\s*$`)
}

const escape = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')
