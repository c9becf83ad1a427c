import { expect, test } from 'vitest'
import { beforeLastFlush, runBeforeLastFlush } from './last-flush.ts'

test('what is to be done before the last flush is done each time, until it is taken back', () => {
  const done: string[] = []
  const undo = beforeLastFlush(() => void done.push('spans'))
  runBeforeLastFlush()
  runBeforeLastFlush()
  undo()
  runBeforeLastFlush()
  expect(done).toEqual(['spans', 'spans'])
})
