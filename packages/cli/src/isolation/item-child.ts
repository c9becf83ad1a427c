// The process of one item: starts with the command's arguments, loads the same modules, and replays one trace.
import { Socket } from 'node:net'
import { RuntapeError } from '@runtape/core'
import { messageOf } from '@runtape/core/internal'
import { replay } from '@runtape/replay'
import { guardProcess } from '@runtape/replay/process'
import { argsOf } from '../arguments/parse-args.ts'
import { defaultItemTimeoutMs } from '../arguments/replay-flags.ts'
import { command } from '../commands/replay/replay.ts'
import type { LoadedFunction } from '../loading/load-function.ts'
import { type LoadedReplay, loadReplay } from '../loading/load-replay.ts'
import { outsideMode, ownProcess } from '../process/own-process.ts'
import { start } from '../process/start.ts'
import { strayOf } from '../process/strays.ts'
import { encodeItem, type FromItem, type Loaded, type ToItem } from './messages.ts'
import { PipeHold } from './pipe-hold.ts'
import { pipeMessages } from './pipe-messages.ts'
import { askCommand, remoteStore } from './remote-store.ts'

const { exit } = process
const pipe = new Socket({ fd: 3, readable: true, writable: true })
const send = pipeMessages<ToItem, FromItem>(pipe, message => {
  if (message.kind === 'answer') answered(message)
  else if (message.kind === 'stop') stopped.abort(new Error(message.reason))
  else void take(message)
})
const stopped = new AbortController()
const hold = new PipeHold(pipe)
const { ask, answered } = askCommand(hold, send)

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

type ToRun = Extract<ToItem, { kind: 'run' }>

async function take(message: ToRun): Promise<void> {
  const { id } = message
  try {
    const { loaded, options } = await loading
    // In a shared process the requests of another item may keep it alive.
    hold.items++
    send(await run(message, loaded, options).finally(() => hold.items--))
  } catch (error) {
    send({ kind: 'failed', id, message: messageOf(error) })
  }
}

async function run(
  { id, source, testRunId, expected }: ToRun,
  loaded: LoadedFunction,
  options: LoadedReplay['options'],
): Promise<FromItem> {
  // The command handles the options of the whole replay.
  const { where, limit, cohort, traceIds, shard, onItem, maxCostUsd, allowUnpriced, mustRun, ...same } =
    options
  const { traceId, spanId } = source
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
  if (!item) throw new RuntapeError('replay-stopped', 'it was stopped before it began')
  return { kind: 'ran', id, item: encodeItem(item), outside, outsideSoFar: own.calls() }
}
