import { expect, test, vi } from 'vitest'
import { beforeLastFlush, runBeforeLastFlush } from './before-exit-hooks.ts'

test('what is to be done before the last flush is done each time, until it is taken back', () => {
  const done: string[] = []
  const undo = beforeLastFlush(() => void done.push('spans'))
  runBeforeLastFlush()
  runBeforeLastFlush()
  undo()
  runBeforeLastFlush()
  expect(done).toEqual(['spans', 'spans'])
})

test('work that throws is reported and keeps neither the rest nor the flush from being done', () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
  const done: string[] = []
  const undo = [
    beforeLastFlush(() => {
      throw new Error('broken')
    }),
    beforeLastFlush(() => void done.push('spans')),
  ]
  runBeforeLastFlush()
  for (const each of undo) each()
  expect(done).toEqual(['spans'])
  expect(warn).toHaveBeenCalledExactlyOnceWith(
    expect.stringContaining('A hook before the last flush failed: broken'),
  )
  warn.mockRestore()
})
