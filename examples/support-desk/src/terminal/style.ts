import { styleText } from 'node:util'

// Plain if the output is not a terminal or NO_COLOR is set.
const style = (format: 'bold' | 'dim') => (text: string) =>
  styleText(format, text, { stream: process.stdout })

export const bold = style('bold')
export const dim = style('dim')
