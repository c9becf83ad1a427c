import type { Logger, RecordIdentity, RunEvent, TapeRecord } from '@runtape/core'
import { recordName, warnSafely } from '@runtape/core/internal'

/** All warnings of a recorder. */
export class Warnings {
  readonly #logger: Logger
  readonly #counts = new Map<string, number>()
  #saidUnpriced = false

  constructor(logger: Logger) {
    this.#logger = logger
  }

  storeFails(message: string): void {
    this.#say(`The store accepts no records: ${sentence(message)} Records are kept and sent again.`)
  }

  conflict(identity: RecordIdentity): void {
    this.#say(`${recordName(identity)} is already recorded with another value. The first value stands.`)
  }

  misdated(identity: RecordIdentity): void {
    this.#saySome(
      'misdated',
      `${recordName(identity)} has an impossible time: more than 5 minutes ahead of the store, or before 2020. The time at which the store received it counts instead. Set the clock of this machine.`,
    )
  }

  rejected(record: TapeRecord, reason: string): void {
    this.#saySome('rejected', `${recordName(record)} was refused and is not recorded: ${reason}`)
  }

  setAside(record: TapeRecord, reason: string): void {
    this.#saySome(
      'set aside',
      `${recordName(record)} could not be written and was set aside: ${sentence(reason)} See runtape set-aside list.`,
    )
  }

  refusedForMemory(event: RunEvent): void {
    this.#saySome(
      'refused',
      `The memory for run events is full: ${recordName(event)} was refused. The others wait until the store accepts records again.`,
    )
  }

  oddReceipt(): void {
    this.#saySome('odd receipt', 'The store returned an invalid receipt. Its records count as written.')
  }

  closeGaveUp(ms: number): void {
    this.#say(
      `close() stopped waiting for the store after ${ms} ms. The remaining records are written at exit if possible.`,
    )
  }

  outboxFails(runEvents: number, problem: string): void {
    this.#say(
      `flush() could not read ${counted(runEvents, 'run event')} from the outbox: ${sentence(problem)} They stay in the outbox.`,
    )
  }

  /** Warns at the first span, the tenth, the hundredth: often enough to be seen, never a flood. */
  dropped(spans: number): void {
    if (!Number.isInteger(Math.log10(spans))) return
    this.#say(
      `The memory for spans is full: ${spans} dropped so far, oldest first. Raise maxSpans or maxSpanBytes, or sample.`,
    )
  }

  closed(record: TapeRecord): void {
    this.#say(`The recorder is closed and does not accept ${recordName(record)}. Close it last.`)
  }

  /** Once: a list that fails for one event fails for many. */
  unpriced(event: RunEvent, reason: string): void {
    if (this.#saidUnpriced) return
    this.#saidUnpriced = true
    this.#say(
      `The price list failed at ${recordName(event)}: ${sentence(reason)} Such records are kept without a cost.`,
    )
  }

  flushGaveUp(runEvents: number, spans: number, message: string): void {
    this.#say(
      `flush() could not write ${counted(runEvents, 'run event')} and ${counted(spans, 'span')}: ${sentence(message)} They are kept and sent again.`,
    )
  }

  exitFailed(records: number, message: string): void {
    this.#say(`${records} records could not be written at exit: ${message}`)
  }

  /** The first, tenth and hundredth of its kind. */
  #saySome(kind: string, message: string): void {
    const count = (this.#counts.get(kind) ?? 0) + 1
    this.#counts.set(kind, count)
    if (Number.isInteger(Math.log10(count)))
      this.#say(count === 1 ? message : `${message} (${count} ${kind} so far)`)
  }

  #say(message: string): void {
    warnSafely(this.#logger, message)
  }
}

const counted = (count: number, name: string): string => `${count} ${name}${count === 1 ? '' : 's'}`

/** Messages of others often have no full stop. */
const sentence = (message: string): string => (/[.!?]$/.test(message) ? message : `${message}.`)
