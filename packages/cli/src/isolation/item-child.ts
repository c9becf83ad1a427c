// The process of one item: starts with the command's arguments, loads the same modules, and replays one trace.
import { Socket } from 'node:net'
import { messageOf } from '@runtape/core/internal'
import { replay } from '@runtape/replay'
import { guardProcess } from '@runtape/replay/process'
import { argsOf } from '../arguments/parse-args.ts'
import { defaultItemTimeoutMs } from '../arguments/replay-flags.ts'
import { command } from '../commands/replay/replay.ts'
import { loadReplay } from '../loading/load-replay.ts'
import { outsideMode, ownProcess } from '../process/own-process.ts'
import { start } from '../process/start.ts'
import { strayOf } from '../process/strays.ts'
import { encodeItem, type FromItem, type Loaded, type ToItem } from './messages.ts'
import { pipeMessages } from './pipe-messages.ts'
import { askCommand, remoteStore } from './remote-store.ts'

const { exit } = process
const pipe = new Socket({ fd: 3, readable: true, writable: true })
const send = pipeMessages<ToItem, FromItem>(pipe, message => {
  if (message.kind === 'answer') answered(message)
  else if (message.kind === 'stop') stopped.abort(new Error(message.reason))
  else void run(message).catch(error => fail(message.id, error))
})
const stopped = new AbortController()
const { ask, answered } = askCommand(pipe, send)

guardProcess({ leavesHeard: true, onStray: end => send({ kind: 'stray', stray: strayOf(end) }) })
// The command receives the signal and passes on the stop.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => {})
// The command has released this process, or has ended.
pipe.on('error', () => exit.call(process, 1))
pipe.on('close', () => exit.call(process, 1))

// As in the command's process.
const args = argsOf(command, process.argv.slice(2))
const own = ownProcess(outsideMode(args))

// Started before it is requested, because loading takes most of the time. Failures are reported when a trace arrives.
const loading = loadReplay(args)
const tellLoaded = (of: Loaded) => {
  own.loaded()
  send({ kind: 'loaded', ...of })
}
void loading.then(
  ({ loaded: { key } }) => tellLoaded({ key }),
  error => tellLoaded({ problem: messageOf(error) }),
)

/** Number of items that are running: several only in a process that is shared. */
let running = 0

function fail(id: number, error: unknown): void {
  over()
  send({ kind: 'failed', id, message: messageOf(error) })
}

function over(): void {
  running--
  if (running === 0) pipe.ref()
}

async function run({ id, source, testRunId, expected }: Extract<ToItem, { kind: 'run' }>): Promise<void> {
  const isFirst = running++ === 0
  const { loaded, options } = await loading
  // The command handles the options of the whole replay.
  const { where, limit, cohort, traceIds, shard, onItem, maxCostUsd, allowUnpriced, mustRun, ...same } =
    options
  const { traceId, spanId } = source
  // A process that has nothing left to do detects an item that waits for something that cannot happen.
  // In a shared process the requests of another item may keep it alive.
  if (isFirst) pipe.unref()
  const { items, outside } = await replay(loaded.fn, {
    mock: 'marked',
    itemTimeoutMs: defaultItemTimeoutMs,
    receiver: loaded.receiver,
    ...same,
    // Evaluators judge only the current code.
    ...(start.baseline && { evaluators: [], thresholds: {} }),
    ...(spanId === undefined ? { traceIds: [traceId] } : { spans: [{ traceId, spanId }] }),
    logger: { warn: message => send({ kind: 'warning', message }) },
    // Loaded by the command.
    expected: () => expected,
    store: remoteStore(ask),
    outside: own.outside,
    testRunId,
    attempts: 1,
    onSpend: call => send({ kind: 'spent', id, call }),
    signal: stopped.signal,
    stopOnSigint: false,
  })
  const [item] = items
  if (!item) return fail(id, new Error('it was stopped before it began'))
  over()
  send({ kind: 'ran', id, item: encodeItem(item), outside })
}
