import { styleText } from 'node:util'

type Format = Parameters<typeof styleText>[0]

// Plain if the output is not a terminal, or NO_COLOR is set.
const style =
  (format: Format) =>
  (text: string, stream: NodeJS.WriteStream = process.stdout): string =>
    styleText(format, text, { stream })

export const bold = style('bold')
export const dim = style('dim')
export const red = style('red')
export const green = style('green')
export const yellow = style('yellow')
