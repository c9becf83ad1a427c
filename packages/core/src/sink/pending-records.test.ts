import { expect, test } from 'vitest'
import { beforeLastFlush, runBeforeLastFlush } from './before-exit-hooks.ts'
import { addPending } from './pending-records.ts'

const never = new Promise<void>(() => {})

test('what a later hook adds is handed over before the last flush, too', () => {
  const done: string[] = []
  addPending({ whole: never, handOver: () => void done.push('ended before') })
  const undo = beforeLastFlush(() =>
    addPending({ whole: never, handOver: () => void done.push('ended by it') }),
  )
  runBeforeLastFlush()
  undo()
  expect(done).toEqual(['ended before', 'ended by it'])
})
