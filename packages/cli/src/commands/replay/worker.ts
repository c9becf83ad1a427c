import type { Command } from '../../arguments/command.ts'
import { targetOf } from '../../loading/export-target.ts'
import { needsStripFlag, stripFlags } from '../../loading/type-stripping.ts'
import { watchInterrupts } from '../../process/interrupts.ts'
import { runAgain } from '../../process/run-again.ts'
import { storeFlag, withStore } from '../../stores/open-store.ts'
import { print } from '../../terminal/print.ts'
import { newWarnings } from '../../terminal/warnings.ts'
import { closeBoss, jobsSchemaFlag, openBoss } from '../../workers/boss.ts'
import { patientStore } from '../../workers/patience.ts'
import { Slots } from '../../workers/serving/slots.ts'
import { Worker } from '../../workers/serving/worker.ts'

const usualConcurrency = 10
const usualFinishMs = 30_000

export const command: Command = {
  name: 'worker',
  about:
    'Replays traces of a function for "runtape replay --workers pg" on any machine, with the code checked out here.',
  operands: '<file#export>',
  flags: {
    store: storeFlag,
    'jobs-schema': jobsSchemaFlag,
    concurrency: { value: 'n', about: 'number of concurrent items. Default: 10.' },
    finish: {
      value: 'time',
      about:
        'at SIGTERM or Ctrl-C: how long running items may take to end before other workers get them. Default: 30s.',
    },
    idle: { value: 'time', about: 'end after this long without a replay to serve. Default: never.' },
  },
  examples: [
    'runtape worker ./src/agent.ts#answer --store "$DATABASE_URL"',
    'runtape worker ./src/agent.ts#answer --store "$DATABASE_URL" --concurrency 4 --idle 5m',
  ],
  run: async args => {
    const target = targetOf(args.operands)
    // Modules that a command names may be TypeScript, too.
    if (needsStripFlag('any.ts')) return runAgain({ flags: stripFlags })
    const concurrency = args.count('concurrency') ?? usualConcurrency
    const [finishMs = usualFinishMs, idleMs] = [args.duration('finish'), args.duration('idle')]
    const interrupts = watchInterrupts()
    const boss = await openBoss(args)
    const logger = newWarnings()
    const work = async (store: Parameters<typeof patientStore>[0]) => {
      const slots = new Slots(concurrency)
      const worker = new Worker({
        boss,
        target,
        store: patientStore(store, logger),
        concurrency,
        slots,
        logger,
      })
      print(`Waiting for replays of ${args.operands[0]}, ${concurrency} items at a time.`)
      await worker.run(interrupts.signal, idleMs)
      await worker.close(finishMs)
      return 0
    }
    return withStore(args, work).finally(() => closeBoss(boss))
  },
}
