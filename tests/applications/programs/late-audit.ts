// A handler whose next version sends an audit note after its answer: the note is not on the tape, so it is not sent.
import { EventEmitter } from 'node:events'
import { traced } from '@runtape/trace'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'
import { orderOf } from '../support/shop.ts'

const settings = { isAudited: false }

const find = traced('late-audit.find', { mockOnReplay: true }, async (id: string) => {
  effect('late-audit find')
  return orderOf(id)
})
const note = traced('late-audit.note', { mockOnReplay: true }, async (text: string) => {
  effect('late-audit note')
  return text
})

/** Hosts call this once the response is sent. */
const hooks: Record<string, (fn: () => void) => unknown> = {
  timer: fn => setTimeout(fn, 15),
  immediate: fn => setImmediate(fn),
  finish: fn => {
    const response = new EventEmitter().once('finish', fn)
    setTimeout(() => response.emit('finish'), 5)
  },
  tick: fn => process.nextTick(() => setImmediate(fn)),
}

const handle = traced('late-audit.handle', async (id: string, hook: string) => {
  const { status } = await find(id)
  if (settings.isAudited) hooks[hook]?.(() => void note(`${id} is ${status}`).catch(() => {}))
  return status
})

export const application: Application = {
  name: 'a note after the answer that is new',
  entry: handle,
  inputs: Object.keys(hooks).map((hook, index) => [`A-${index}`, hook]),
  change: {
    make: changing(settings, { isAudited: true }),
    reports: { outcome: 'failed', missed: ['late-audit.note'], added: ['late-audit.note'] },
  },
}
