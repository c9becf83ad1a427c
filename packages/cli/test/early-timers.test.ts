import { expect, test } from 'vitest'
import { newProject } from './project.ts'

// What the module captures from Node on load, before any replay starts.
const taken: Readonly<Record<string, string>> = {
  'promisify(setTimeout)': "import { promisify } from 'node:util'\nconst sleep = promisify(setTimeout)",
  'an aliased setTimeout':
    'const { setTimeout: later } = globalThis\nconst sleep = (ms: number) => new Promise(resolve => later(resolve, ms))',
  'timers/promises': "import { setTimeout as sleep } from 'node:timers/promises'",
}

test.each(Object.entries(taken))(
  'a timeout by %s, captured at module load, wins again',
  async (_what, code) => {
    const project = await newProject('empty')
    const program = `
import { createRecorder } from '@runtape/recorder'
import { sqliteStore } from '@runtape/store-sqlite'
import { configureTracing, traced } from '@runtape/trace'
${code}
const model = traced('model', { mockOnReplay: true }, async () => {
  await new Promise(resolve => setTimeout(resolve, 300))
  return 'late'
})
export const answer = traced('answer', async () => {
  const asked = model()
  const first = await Promise.race([asked, sleep(100).then(() => 'fallback')])
  // The call ends within the trace. Without the recorded order, the timeout would fire after the answer.
  return [first, await asked]
})
if (process.argv[2] === 'record') {
  const recorder = createRecorder({ store: sqliteStore('runtape.db') })
  configureTracing({ sink: recorder })
  await answer()
  await recorder.close()
}
`
    project.write('early.ts', program)
    project.write('record-early.ts', "process.argv[2] = 'record'\nawait import('./early.ts')\n")
    expect((await project.node('record-early.ts')).stderr).toBe('')
    const { code: exit, stdout } = await project.runtape([
      'replay',
      './early.ts#answer',
      '--evaluator',
      'same-output',
    ])
    expect([exit, stdout]).toEqual([0, expect.stringContaining('1 same')])
  },
)
