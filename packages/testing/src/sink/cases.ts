import assert from 'node:assert/strict'
import type { Sink, TapeRecord } from '@runtape/core'
import { runEvent, span } from '../records.ts'

/** A sink to check. */
export interface SinkSubject {
  readonly sink: Sink
  /** Whether the sink has an accepted record, if this can be observed. */
  has?(record: TapeRecord): boolean | Promise<boolean>
  /** Cleans up after the case. */
  dispose?(): Promise<void>
}

/** A case of the `Sink` contract. */
export interface SinkContractCase {
  readonly title: string
  check(subject: SinkSubject): Promise<void>
}

const good = (): TapeRecord[] => [runEvent({ runId: 'run-of-the-contract' }), span({ key: 'contract' })]

/** Malformed records, as untyped code passes them. */
const malformed = (): unknown[] => [
  undefined,
  null,
  'a text',
  5,
  {},
  { kind: 'span' },
  { kind: 'run-event' },
  { ...span({}), input: undefined },
  { ...span({}), status: 'error', error: {} },
  { ...runEvent({}), value: undefined },
  Object.defineProperty({}, 'kind', { get: fail, enumerable: true }),
  Object.defineProperty({ ...span({}) }, 'input', { get: fail, enumerable: true }),
]

function fail(): never {
  throw new Error('this record throws when it is read')
}

async function closed(sink: Sink): Promise<void> {
  await sink.flush()
  await sink.close()
}

/** All cases of the `Sink` contract, for any test runner; `sinkContract` registers them with vitest. */
export const sinkContractCases: readonly SinkContractCase[] = [
  {
    title: 'append does not throw, and the sink has every accepted record',
    check: async ({ sink, has }) => {
      const kept = good().filter(record => sink.append(record) !== false)
      await sink.flush()
      for (const record of kept) assert.equal((await has?.(record)) ?? true, true)
      await sink.close()
    },
  },
  {
    title: 'append never throws on malformed records, and still accepts valid ones',
    check: async ({ sink, has }) => {
      for (const record of malformed()) sink.append(record as TapeRecord)
      const kept = good().filter(record => sink.append(record) !== false)
      await sink.flush()
      for (const record of kept) assert.equal((await has?.(record)) ?? true, true)
      await sink.close()
    },
  },
  {
    title: 'append refuses values that are not records',
    check: async ({ sink }) => {
      for (const record of [undefined, null, 'a text', 5, {}])
        assert.equal(sink.append(record as unknown as TapeRecord), false)
      await closed(sink)
    },
  },
  {
    title: 'append does not change the record',
    check: async ({ sink }) => {
      const records = good().map(record => Object.freeze(record))
      const before = JSON.stringify(records)
      for (const record of records) sink.append(record)
      await closed(sink)
      assert.equal(JSON.stringify(records), before)
    },
  },
  {
    title: 'append refuses records after close; flush and close still resolve',
    check: async ({ sink }) => {
      await closed(sink)
      for (const record of good()) assert.equal(sink.append(record), false)
      await closed(sink)
    },
  },
  {
    title: 'flush and close resolve with nothing to do, even concurrently',
    check: async ({ sink }) => {
      await Promise.all([sink.flush(), sink.flush()])
      await Promise.all([sink.close(), sink.close(), sink.flush()])
    },
  },
]
