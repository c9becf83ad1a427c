import { otelSink } from '@runtape/otel'
import { sinkContract } from '@runtape/testing/vitest'

const silent = { warn: () => {} }
const processor = (onEnd: () => void) => ({
  onEnd,
  forceFlush: async () => {},
  shutdown: async () => {},
})

sinkContract('otelSink', async () => ({ sink: otelSink({ processor: processor(() => {}), logger: silent }) }))
sinkContract('otelSink of a processor that throws', async () => {
  const fail = () => {
    throw new Error('no exporter')
  }
  return { sink: otelSink({ processor: processor(fail), logger: silent }) }
})
