import { createRecorder } from '@runtape/recorder'
import { memoryStore } from '@runtape/testing'
import { createTracer, type Tracer } from '@runtape/trace'

// A trace of very many calls through a recorder into a store: the cost per call must not grow with their number.

interface Costs {
  readonly nsPerSpan: number
  readonly kept: number
}

type Shape = (traced: Tracer['traced'], count: number) => Promise<unknown>

async function costs(shape: Shape, count: number): Promise<Costs> {
  const store = memoryStore()
  const recorder = createRecorder({ store, maxSpans: 2 * count, maxSpanBytes: 4e9 })
  const { traced } = createTracer({ sink: recorder })
  const started = performance.now()
  await traced('root', () => shape(traced, count))()
  await recorder.flush()
  const nsPerSpan = ((performance.now() - started) * 1e6) / count
  const { accepted } = recorder.diagnostics()
  await recorder.close()
  await store.close()
  return { nsPerSpan, kept: accepted }
}

const wide: Shape = async (traced, count) => {
  const leaf = traced('leaf', async (n: number) => n)
  for (let n = 0; n < count; n++) {
    void leaf(n)
    // Now and then, so that the recorder can write.
    if (n % 1000 === 0) await new Promise(resolve => setImmediate(resolve))
  }
}

const deep: Shape = (traced, count) => {
  const down: (n: number) => Promise<void> = traced('down', async (n: number) => {
    await null
    if (n > 1) await down(n - 1)
  })
  return down(count)
}

async function compare(name: string, shape: Shape, few: number, many: number): Promise<void> {
  const [a, b] = [await costs(shape, few), await costs(shape, many)]
  const microseconds = ({ nsPerSpan }: Costs) => (nsPerSpan / 1000).toFixed(1)
  const growth = (b.nsPerSpan / a.nsPerSpan).toFixed(2)
  console.log(
    `${name.padEnd(28)} ${few}: ${microseconds(a)} µs a call; ${many}: ${microseconds(b)} µs, ${growth} times as much; ${b.kept} kept`,
  )
}

await compare('calls beside each other', wide, 100_000, 1_000_000)
await compare('calls inside each other', deep, 10_000, 100_000)
