// The cost of a span in the store, over the bare prepared INSERT of the same row into a table that has its unique index and no
// other, in the same batches: of 64 records, as many as the store writes in one transaction, or 256 KB. CPU time per span, of
// the calling thread and of the whole process, in which a worker moves the log into the file. Node 24 and later.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SpanRecord } from '@runtape/core'
import { newSpanId, newTraceId } from '@runtape/core/internal'
import { sqliteStore } from '@runtape/store-sqlite'
import { payload, span } from '@runtape/testing'
import { bareSpanInsert } from './bare-insert.ts'
import { compareInTurn, type Load } from './in-turn.ts'
import { documents, order } from './inputs.ts'

const rounds = Number(process.env.ROUNDS ?? 15)

/** A call that is its whole trace. */
const rootOf = (value: unknown) => (): SpanRecord[] => [
  span({ traceId: newTraceId(), spanId: newSpanId(), input: payload([value]), output: payload(value) }),
]

/** A call of a model inside another call, in a run. */
function modelCall(): SpanRecord[] {
  const [traceId, root] = [newTraceId(), newSpanId()]
  const runId = `run-${root}`
  const messages = documents(8).map(({ text }) => ({ role: 'user', content: text }))
  const [question, answer] = [payload(['How do I return it?']), payload('Within thirty days.')]
  const usage = { input: 812, output: 164, total: 976 }
  const fields = { traceId, runId, resultKind: 'promise' } as const
  return [
    span({
      ...fields,
      spanId: newSpanId(),
      parentSpanId: root,
      type: 'llm',
      model: 'small',
      usage,
      input: payload([{ model: 'small', messages }]),
      output: payload({
        id: root,
        choices: [{ message: { role: 'assistant', content: 'Within 30 days.' } }],
      }),
    }),
    span({ ...fields, spanId: root, input: question, output: answer }),
  ]
}

const kinds = [
  ['200 B in and out', rootOf(order), 64, 20_000],
  ['20 KB in and 20 KB out', rootOf(documents(36)), 6, 600],
  ['a model call in a call', modelCall, 32, 5000],
] as const

for (const [name, make, calls, ofRound] of kinds) {
  const directory = mkdtempSync(join(tmpdir(), 'runtape-bench-'))
  const floor = bareSpanInsert(join(directory, 'floor.db'))
  const store = sqliteStore(join(directory, 'subject.db'), { worker: true })
  await store.revision()
  const batches = Math.ceil(ofRound / calls)
  const load: Load<SpanRecord[][]> = {
    make: () => Array.from({ length: batches }, () => Array.from({ length: calls }, make).flat()),
    floor: async all => {
      for (const batch of all) floor.insertAll(batch)
    },
    subject: async all => {
      for (const batch of all) await store.append(batch)
    },
  }
  const perRound = batches * calls * make().length
  await compareInTurn(`store-sqlite: a span, ${name}`, load, { perRound, rounds })
  await store.close()
  floor.close()
  rmSync(directory, { recursive: true })
}
