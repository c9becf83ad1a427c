import { type Payload, RuntapeError, type SpanRecord } from '@runtape/core'
import { messageOf, type ReplayCall } from '@runtape/core/internal'
import { fingerprint } from '@runtape/trace'

/** A replay running in this process, as seen by the others. */
interface RunningItem {
  readonly sourceTraceId: string
  /** The recorded inputs of this function's calls that have not been made yet. */
  unusedInputs(call: ReplayCall): Iterable<Payload>
}

const running = new Set<RunningItem>()
const makers = new WeakMap<Error, RunningItem>()

/** How many inputs of other items are checked for one item: a hint must not cost more than the replay. */
const mostLooks = 2000
const looks = new WeakMap<RunningItem, number>()

/** Registers it with the others until the returned function is called. */
export function joinItems(item: RunningItem): () => void {
  running.add(item)
  return () => void running.delete(item)
}

/** Remembers that the replay of this item created the error. */
export function madeByItem<E extends Error>(error: E, item: RunningItem): E {
  makers.set(error, item)
  return error
}

const advice = 'Replay each item in its own process (--isolate), or one at a time (maxConcurrency: 1)'

/** Why an unrecorded call may have been made in the frame of the wrong item: the recording of another concurrent item has it. */
export function whyInAnotherItem(
  call: ReplayCall,
  item: RunningItem,
  recorded?: SpanRecord,
): string | undefined {
  for (const other of running) {
    if (other === item) continue
    for (const input of other.unusedInputs(call)) {
      const before = looks.get(item) ?? 0
      if (before >= mostLooks) return undefined
      looks.set(item, before + 1)
      const trace = `the recording of trace ${other.sourceTraceId}, which is replayed concurrently,`
      if (isSameInput(input, call.input))
        return `${trace} has exactly this call: code shared by items, such as a queue, called it in the frame of this item. ${advice}`
      if (isPart(input, call.input, recorded?.input))
        return `${trace} has a part of it: code shared by items, such as a batching loader, combined them. ${advice}`
    }
  }
  return undefined
}

function isSameInput(a: Payload, b: Payload): boolean {
  try {
    return fingerprint(a) === fingerprint(b)
  } catch {
    return false
  }
}

/** Whether `whole` contains all values of `part` as data. */
function isPart(part: Payload, whole: Payload, own: Payload | undefined): boolean {
  const [values, all, known] = [valuesIn(part), valuesIn(whole), own ? valuesIn(own) : new Set<unknown>()]
  return values.size > 0 && isSubset(values, all) && !isSubset(values, known)
}

const isSubset = (part: Set<unknown>, whole: Set<unknown>): boolean =>
  [...part].every(value => whole.has(value))

/** The strings, numbers and other primitives anywhere in a captured value. */
function valuesIn({ json }: Payload): Set<unknown> {
  const values = new Set<unknown>()
  try {
    JSON.parse(json, (_, value: unknown) => {
      if (typeof value !== 'object') values.add(value)
      return value
    })
  } catch {
    // A damaged record is part of nothing.
    values.clear()
  }
  return values
}

/** The error of an item that failed with an error made by another item's replay; `undefined` if the error is its own. */
export function errorOfAnotherItem(thrown: unknown, item: RunningItem): RuntapeError | undefined {
  const found = madeElsewhere(thrown, item)
  if (!found) return undefined
  const problem = messageOf(found.error).replace(/\.$/, '')
  return new RuntapeError(
    'replay-miss',
    `This error belongs to another item, the replay of trace ${found.maker.sourceTraceId}: ${problem}. The code keeps ` +
      'it across items, for example in a promise that is created once. Replay each item in its own process (--isolate).',
    { cause: thrown },
  )
}

function madeElsewhere(thrown: unknown, item: RunningItem): { error: Error; maker: RunningItem } | undefined {
  const waiting = [thrown]
  // Applications wrap errors a few times at most.
  for (let looks = 0; looks < 20 && waiting.length > 0; looks++) {
    const error = waiting.shift()
    if (!(error instanceof Error)) continue
    const maker = makers.get(error)
    if (maker) return maker === item ? undefined : { error, maker }
    waiting.push(error.cause, ...(error instanceof AggregateError ? error.errors.slice(0, 10) : []))
  }
  return undefined
}
