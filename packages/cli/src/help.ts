import type { Command, Flag } from './arguments/command.ts'
import { bold, dim } from './terminal/style.ts'

const indent = '  '

/** Help of a command: its purpose, flags and examples. */
export function helpOf({ name, about, operands, flags, examples, words = {} }: Command): string {
  const call = ['runtape', name, operands, '[flags]'].filter(Boolean).join(' ')
  const lines = Object.entries(flags).map(([flag, spec]) => [flagText(flag, spec), spec.about] as const)
  return [
    about,
    `${bold('Usage')}\n${indent}${call}`,
    `${bold('Flags')}\n${columns([...lines, ['-h, --help', 'show this']])}`,
    ...(Object.keys(words).length > 0 ? [`${bold('Words')}\n${columns(Object.entries(words))}`] : []),
    `${bold('Examples')}\n${examples.map(example => `${indent}${dim('$')} ${example}`).join('\n')}`,
  ].join('\n\n')
}

/** One line per command. */
export function overview(commands: readonly (readonly [name: string, about: string])[]): string {
  return [
    'Count every AI run exactly once. Replay any of them.',
    `${bold('Usage')}\n${indent}runtape <command> [flags]`,
    `${bold('Commands')}\n${columns(commands)}`,
    `${bold('Flags')}\n${columns([
      ['-h, --help', 'show this, or the help of a command'],
      ['-v, --version', 'show the version'],
    ])}`,
  ].join('\n\n')
}

function flagText(flag: string, { value, short }: Flag): string {
  return `${short ? `-${short}, ` : ''}--${flag}${value === undefined ? '' : ` <${value}>`}`
}

function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length))
  const gap = ' '.repeat(indent.length + width + 3)
  const room = Math.max(30, (process.stdout.columns ?? Number.POSITIVE_INFINITY) - gap.length)
  return rows
    .map(([left, right]) => `${indent}${left.padEnd(width)}   ${linesOf(right, room).join(`\n${gap}`)}`)
    .join('\n')
}

/** Wraps text into lines of at most this many characters. */
function linesOf(text: string, room: number): string[] {
  const lines = ['']
  for (const word of text.split(' ')) {
    const line = `${lines.at(-1)} ${word}`.trim()
    if (line.length <= room) lines[lines.length - 1] = line
    else lines.push(word)
  }
  return lines.filter(line => line !== '')
}
