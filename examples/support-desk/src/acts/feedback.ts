import '../fail-plainly.ts'
import { ended, startChild } from '../child.ts'
import { complaint } from '../customers.ts'
import { store } from '../runtape.ts'
import { sentAnswers } from '../sent-answers.ts'
import { table } from '../terminal/table.ts'

// Three of four customers press a thumb; every third of them presses twice.
const byTicket = sentAnswers().toSorted((a, b) => a.ticket.id.localeCompare(b.ticket.id))
const pressed = byTicket.filter((_, i) => i % 4 !== 3)
const clicks = pressed.map(answer => {
  const reason = complaint(answer.ticket, answer)
  return reason === undefined ? `positive ${answer.token}` : `negative ${answer.token} ${reason}`
})
const twice = clicks.flatMap((click, i) => (i % 3 === 0 ? [click, click] : [click]))

const rows = [await deliver('the web form', twice), await deliver('a week later, all of it again', twice)]
console.log(table(['process', 'pid', 'thumbs given', 'kept', 'dropped'], rows))
const [total] = await store.runs.usage()
console.log(`\n  On file: ${total?.positive} up, ${total?.negative} down.`)
await store.close()

/** Passes the clicks to a separate process, which knows only the token of a run. */
async function deliver(label: string, lines: readonly string[]) {
  const before = await thumbsOnFile()
  const child = startChild('acts/feedback-form.ts', { stdio: ['pipe', 'inherit', 'inherit'] })
  child.stdin?.end(lines.join('\n'))
  const { code } = await ended(child)
  if (code !== 0) throw new Error('The feedback process failed. See its message above.')
  const kept = (await thumbsOnFile()) - before
  return [label, String(child.pid), lines.length, kept, lines.length - kept]
}

async function thumbsOnFile(): Promise<number> {
  const [total] = await store.runs.usage()
  return total ? total.positive + total.negative : 0
}
