// What `track*()` takes while large spans are written: 2,000 run events and 20 spans of 1 MB a second, over the same events
// without spans. Calls: how long each held its caller. Turns: how late it was, with what else held the event loop. First
// what a call of 50 µs takes that does nothing: the machine's own share. Goal: calls below 3 ms at p99.9, ratio 1.5.
// `SECONDS=5` is how long each round takes.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { newRunId } from '@runtape/core/internal'
import { createRecorder } from '@runtape/recorder'
import { sqliteStore } from '@runtape/store-sqlite'
import { runEvent, span } from '@runtape/testing'
import { createTracker } from '@runtape/tracker'

const seconds = Number(process.env.SECONDS ?? 5)
const rounds = Number(process.env.ROUNDS ?? 2)
const eventsPerMs = 2
const spanEveryMs = 50
const { configKey, variationKey, version, modelName, providerName } = runEvent()
const facts = { configKey, variationKey, version, modelName, providerName }
const filler = 'The quick brown fox jumps over the lazy dog. '.repeat(24_000)

interface Taken {
  readonly calls: number[]
  readonly turns: number[]
}

async function load(withSpans: boolean, { calls, turns }: Taken): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'runtape-bench-'))
  const store = sqliteStore(join(directory, 'runtape.db'))
  const recorder = createRecorder({ store })
  const track = trackInTurn(recorder)
  const start = performance.now()
  let [tracked, spans] = [0, 0]
  for (let at = 0; at < seconds * 1000; at = performance.now() - start) {
    for (; tracked < at * eventsPerMs; tracked++) {
      const before = performance.now()
      track()
      const after = performance.now()
      calls.push(after - before)
      turns.push(after - start - tracked / eventsPerMs)
    }
    for (; withSpans && spans * spanEveryMs < at; spans++)
      recorder.append(span({ output: { json: JSON.stringify(`${spans} ${filler}`) } }))
    await delay(1)
  }
  await recorder.close()
  await store.close()
  rmSync(directory, { recursive: true })
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

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN
}

/** Fifty microseconds of computing, as often. */
async function idle({ calls, turns }: Taken): Promise<void> {
  const start = performance.now()
  for (let [at, done] = [0, 0]; at < seconds * 1000; at = performance.now() - start) {
    for (; done < at * eventsPerMs; done++) {
      const before = performance.now()
      while (performance.now() < before + 0.05);
      calls.push(performance.now() - before)
      turns.push(performance.now() - start - done / eventsPerMs)
    }
    await delay(1)
  }
}

const machine: Taken = { calls: [], turns: [] }
const floor: Taken = { calls: [], turns: [] }
const subject: Taken = { calls: [], turns: [] }
for (let round = 0; round < rounds; round++) {
  await idle(machine)
  await load(false, floor)
  await load(true, subject)
}
for (const part of ['calls', 'turns'] as const)
  for (const share of [0.5, 0.99, 0.999, 1]) {
    const [none, least, most] = [machine, floor, subject].map(taken => percentile(taken[part], share))
    const name = `recorder: ${part} of track*() beside 1 MB spans, p${share * 100}`
    const ms = (value = Number.NaN) => `${value.toFixed(3).padStart(9)} ms`
    const ratio = ((most ?? 0) / (least ?? 0)).toFixed(2)
    console.log(
      `${name.padEnd(56)} machine ${ms(none)}  floor ${ms(least)}  subject ${ms(most)}  ratio ${ratio}`,
    )
  }
