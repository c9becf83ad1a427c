import '../fail-plainly.ts'
import { setTimeout as pause } from 'node:timers/promises'
import { answer } from '../agent.ts'
import { inParallel } from '../in-parallel.ts'
import { outbox, recorder, store } from '../runtape.ts'
import { send } from '../sent-answers.ts'
import { settings } from '../settings.ts'
import { readTickets } from '../tickets.ts'

// One of several processes, each with a share of the tickets.
const [share = 0, of = 1] = (process.env.SUPPORT_DESK_SHARE ?? '0/1').split('/').map(Number)
const mine = readTickets().filter((_, i) => i % of === share)

await inParallel(mine, 3, async ticket => {
  // A ticket that fails is on the tape as an error, as in the live act.
  const reply = await answer(ticket).catch(() => undefined)
  if (reply) send({ ticket, ...reply })
})
// The server may be away for a moment. What is in the outbox is sent when it is back.
for (const deadline = Date.now() + 60_000; waiting() > 0 && Date.now() < deadline; ) {
  await recorder.flush()
  await pause(50)
}
await recorder.close()
await store.close()
if (waiting() > 0) throw new Error(`${waiting()} events are still in ${settings.outbox}.`)

function waiting(): number {
  const { runEvents, spans } = recorder.diagnostics().queued
  return Math.max(runEvents + spans, outbox?.size() ?? 0)
}
