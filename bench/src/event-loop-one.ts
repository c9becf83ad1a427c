// One round of `event-loop.bench.ts` in this process: `event-loop-one.ts machine | events | spans <seconds>`.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { newRunId } from '@runtape/core/internal'
import { createRecorder } from '@runtape/recorder'
import { sqliteStore } from '@runtape/store-sqlite'
import { runEvent, span } from '@runtape/testing'
import { createTracker } from '@runtape/tracker'

const [load = 'machine', seconds = '5'] = process.argv.slice(2)
const ms = Number(seconds) * 1000
const eventsPerMs = 2
const spanEveryMs = 50
const { configKey, variationKey, version, modelName, providerName } = runEvent()
const facts = { configKey, variationKey, version, modelName, providerName }
const filler = 'The quick brown fox jumps over the lazy dog. '.repeat(24_000)
const [calls, turns, threadTurns]: number[][] = [[], [], []]

if (load === 'machine') await run(compute, () => {})
else await record()
const shares = { p50: 0.5, p99: 0.99, 'p99.9': 0.999, longest: 1 }
const parts = Object.entries({ calls, turns, 'thread time of turns': threadTurns })
console.log(JSON.stringify(Object.fromEntries(parts.map(([name, values = []]) => [name, sharesOf(values)]))))

async function record(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'runtape-bench-'))
  const store = sqliteStore(join(directory, 'runtape.db'))
  const recorder = createRecorder({ store })
  let spans = 0
  const writeSpans = (at: number): void => {
    for (; load === 'spans' && spans * spanEveryMs < at; spans++)
      recorder.append(span({ output: { json: JSON.stringify(`${spans} ${filler}`) } }))
  }
  await run(trackInTurn(recorder), writeSpans)
  await recorder.close()
  await store.close()
  rmSync(directory, { recursive: true })
}

/** Calls twice per millisecond, and records how long each call blocked and how late each turn was. */
async function run(call: () => void, between: (at: number) => void): Promise<void> {
  const start = performance.now()
  let done = 0
  for (let at = 0; at < ms; at = performance.now() - start) {
    for (; done < at * eventsPerMs; done++) {
      const before = performance.now()
      call()
      const after = performance.now()
      calls?.push(after - before)
      turns?.push(after - start - done / eventsPerMs)
    }
    between(at)
    const before = threadMs()
    // All turns of the event loop until the timer.
    await delay(1)
    threadTurns?.push(threadMs() - before)
  }
}

/** CPU time of this thread, without other programs. */
function threadMs(): number {
  // Also updates the thread's counter, which otherwise shows the last tick.
  process.cpuUsage()
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

/** Tracks the next of four metrics of a run. */
function trackInTurn(sink: ReturnType<typeof createRecorder>): () => void {
  let tracker = createTracker({ sink, runId: newRunId(), ...facts })
  let turn = 0
  const metrics = [
    () => tracker.trackDuration(1200),
    () => tracker.trackTimeToFirstToken(300),
    () => tracker.trackTokens({ input: 812, output: 164, total: 976 }),
    () => tracker.trackSuccess(),
  ]
  return () => {
    if (turn % metrics.length === 0) tracker = createTracker({ sink, runId: newRunId(), ...facts })
    metrics[turn++ % metrics.length]?.()
  }
}

/** Fifty microseconds of computing. */
function compute(): void {
  const before = performance.now()
  while (performance.now() < before + 0.05);
}

function sharesOf(values: readonly number[]): Record<string, number | undefined> {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.ceil(sorted.length * share) - 1]
  return Object.fromEntries(Object.entries(shares).map(([name, share]) => [name, at(share)]))
}
