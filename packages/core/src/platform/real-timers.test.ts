import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const run = promisify(execFile)
const core = new URL('../../dist/internal.js', import.meta.url).href

const useTimers = `
  const { realTimers: timers, realDelay, monotonicNow } = await import(${JSON.stringify(core)})
  const began = monotonicNow()
  await realDelay(5)
  if (!(monotonicNow() - began >= 4)) throw new Error('the clock stands still')
  let beats = 0
  await new Promise(done => {
    const heart = timers.setInterval(beat => { beats += beat; if (beats === 3) { timers.clearInterval(heart); done() } }, 1, 1)
  })
  await new Promise(done => timers.setImmediate(done))
  timers.clearTimeout(timers.setTimeout(() => console.log('was cleared'), 1))
  timers.clearTimeout(undefined)
  await realDelay(10)
  console.log('beats', beats, typeof timers.setTimeout(() => {}, 1).unref)
  process.exit(0)`

test.each([
  ['nothing', ''],
  [
    'node:test',
    `import { mock } from 'node:test'
  mock.timers.enable()`,
  ],
  [
    'sinon',
    `import fake from '@sinonjs/fake-timers'
  fake.install({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate', 'Date', 'nextTick', 'queueMicrotask', 'performance', 'hrtime'] })`,
  ],
  [
    'sinon without nextTick',
    `import fake from '@sinonjs/fake-timers'
  fake.install()`,
  ],
])('timers run even if %s faked the clock before this module was loaded', async (_, faking) => {
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', faking + useTimers], {
    cwd: new URL('../..', import.meta.url),
    timeout: 60_000,
  })
  expect(stdout).toBe('beats 3 object\n'.replace('object', 'function'))
})
