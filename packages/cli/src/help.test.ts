import { expect, test } from 'vitest'
import { command as replay } from './commands/replay/replay.ts'
import { command as runs } from './commands/tape/runs.ts'
import { helpOf } from './help.ts'

test('the help of replay explains the terms of its reports', () => {
  const help = helpOf(replay)
  for (const word of ['same', 'failed', 'served', 'drifted', 'missed', 'unused'])
    expect(help).toMatch(new RegExp(`^  ${word} +\\S`, 'm'))
  expect(help.indexOf('Words')).toBeGreaterThan(help.indexOf('Flags'))
  expect(helpOf(runs)).not.toContain('Words')
})
