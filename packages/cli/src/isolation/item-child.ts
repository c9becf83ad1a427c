// The process of one item: it is started with the words of the command, loads what the command loads, and replays one trace.
import { messageOf } from '@runtape/core/internal'
import { replay } from '@runtape/replay'
import { argsOf } from '../args.ts'
import { command } from '../commands/replay.ts'
import { loadReplay } from '../load-replay.ts'
import { outsideMode, ownProcess } from '../own-process.ts'
import { defaultItemTimeoutMs } from '../replay-flags.ts'
import { takeStrays } from '../strays.ts'
import { newWarnings } from '../terminal/warnings.ts'
import { encodeItem, type FromItem, type ToItem } from './messages.ts'
import { askCommand, remoteStore } from './remote-store.ts'

const { exit } = process
const send = (message: FromItem) => void process.send?.(message)
const stopped = new AbortController()
const strays = takeStrays()
const { ask, answered } = askCommand(send)

// The command is asked to stop, and says so.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => {})
process.on('disconnect', () => exit.call(process, 1))
process.on('message', (message: ToItem) => {
  if (message.kind === 'answer') answered(message)
  else if (message.kind === 'stop') stopped.abort(new Error(message.reason))
  else void run(message).catch(fail)
})

// As in the process of the command.
const args = argsOf(command, process.argv.slice(2))
const own = ownProcess(outsideMode(args))

// Begun before it is asked: loading is what takes its time. What fails is said when a trace comes.
const loading = loadReplay(args)
const loaded = () => {
  own.loaded()
  send({ kind: 'loaded' })
}
void loading.then(loaded, loaded)

function fail(error: unknown): void {
  process.channel?.ref()
  send({ kind: 'failed', message: messageOf(error) })
}

async function run({ source, testRunId }: Extract<ToItem, { kind: 'run' }>): Promise<void> {
  const { loaded, options } = await loading
  const { where, limit, traceIds, shard, onItem, ...same } = options
  const { traceId, spanId } = source
  // An item that waits for what never comes is known by a process that has nothing left to do.
  process.channel?.unref()
  const { items, outside } = await replay(loaded.fn, {
    mock: 'marked',
    itemTimeoutMs: defaultItemTimeoutMs,
    receiver: loaded.receiver,
    logger: newWarnings(),
    ...same,
    ...(spanId === undefined ? { traceIds: [traceId] } : { spans: [{ traceId, spanId }] }),
    store: remoteStore(ask),
    outside: own.outside,
    testRunId,
    attempts: 1,
    signal: stopped.signal,
    stopOnSigint: false,
  })
  process.channel?.ref()
  const [item] = items
  if (item) send({ kind: 'ran', item: encodeItem(item), strays: strays.count, outside })
  else send({ kind: 'failed', message: 'it was stopped before it began' })
}
