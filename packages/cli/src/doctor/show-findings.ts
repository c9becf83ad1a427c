import { dim, green, red, yellow } from '../terminal/style.ts'
import type { Finding } from './finding.ts'

const signs = { ok: green('✓'), note: yellow('!'), problem: red('✗') } as const

/** Each finding with its next step. */
export const showFindings = (findings: readonly Finding[]): string => findings.map(shown).join('\n')

function shown({ level, what, next }: Finding): string {
  return `${signs[level]} ${what}${next === undefined ? '' : `\n  ${dim('→')} ${next}`}`
}
