import { expect, test, vi } from 'vitest'
import { beforeLastFlush, runBeforeLastFlush } from './before-exit-hooks.ts'

test('hooks run before each last flush until they are removed', () => {
  const done: string[] = []
  const undo = beforeLastFlush(() => void done.push('spans'))
  runBeforeLastFlush()
  runBeforeLastFlush()
  undo()
  runBeforeLastFlush()
  expect(done).toEqual(['spans', 'spans'])
})

test('an error in a hook is reported and stops neither the other hooks nor the flush', () => {
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
