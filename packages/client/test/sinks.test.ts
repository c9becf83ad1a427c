import type { LaunchDarklyClient, Sink } from '@runtape/client'
import { launchDarklySink, teeSink } from '@runtape/client'
import { identityOf } from '@runtape/core/internal'
import { memorySink } from '@runtape/testing'
import { sinkContract } from '@runtape/testing/vitest'
import { samplingSink } from '@runtape/trace'
import { afterEach, beforeEach, vi } from 'vitest'

const warn = vi.spyOn(console, 'warn')
beforeEach(() => void warn.mockImplementation(() => {}))
afterEach(() => warn.mockReset())

/** A client that takes everything, and fails in what the name says. */
const client = (failing?: 'track' | 'flush'): LaunchDarklyClient => ({
  variation: async () => undefined,
  track: () => {
    if (failing === 'track') throw new Error('track failed')
  },
  flush: async () => {
    if (failing === 'flush') throw new Error('flush failed')
  },
})

const seen = (sink: Sink, behind = memorySink()) => ({
  sink,
  has: (record: Parameters<Sink['append']>[0]) =>
    behind.records.some(one => JSON.stringify(identityOf(one)) === JSON.stringify(identityOf(record))),
})

sinkContract('launchDarklySink', async () => ({ sink: launchDarklySink(client()) }))
sinkContract('launchDarklySink of a client whose track() throws', async () => ({
  sink: launchDarklySink(client('track')),
}))
sinkContract('launchDarklySink of a client whose flush() rejects', async () => ({
  sink: launchDarklySink(client('flush')),
}))
sinkContract('memorySink', async () => {
  const sink = memorySink()
  return seen(sink, sink)
})
sinkContract('teeSink', async () => {
  const behind = memorySink()
  return seen(teeSink(launchDarklySink(client('track')), behind), behind)
})
sinkContract('samplingSink', async () => {
  const behind = memorySink()
  return seen(samplingSink(behind, { rate: 1 }), behind)
})
