import type { Sink, SpanRecord, TapeRecord } from '@runtape/core'
import { runInFrame, whenHandedOver } from '@runtape/core/internal'
import { withoutLargeOutput } from '../../match/deferred-outputs.ts'
import type { RecordWriter } from '../../test-run/record-writer.ts'

/** How many characters of payloads an item keeps until it has ended. */
const mostKept = 2_000_000

/**
 * What one replayed trace records: written all together when it has ended, where it is large also on the way, and what
 * comes later as it comes.
 */
export class ItemRecords implements Sink {
  readonly #writer: RecordWriter
  readonly #spans: SpanRecord[] = []
  readonly #written: Promise<void>[] = []
  #records: TapeRecord[] = []
  #characters = 0
  #hasEnded = false

  constructor(writer: RecordWriter) {
    this.#writer = writer
  }

  append(record: TapeRecord): void {
    this.#records.push(record)
    if (this.#hasEnded) return void this.#write()
    if (record.kind !== 'span') return
    this.#spans.push(withoutLargeOutput(record))
    this.#characters += record.input.json.length + (record.output?.json.length ?? 0)
    if (this.#characters > mostKept) this.#written.push(this.#write())
  }

  /** Writes what there is, and hands out the spans: without outputs that are large, except for the root's. */
  async keep(): Promise<readonly SpanRecord[]> {
    await whenHandedOver()
    this.#hasEnded = true
    await Promise.all([...this.#written, this.#write()])
    return this.#spans
  }

  async flush(): Promise<void> {
    await this.#writer.idle()
  }

  async close(): Promise<void> {
    await this.#writer.idle()
  }

  #write(): Promise<void> {
    const records = this.#records
    const characters = this.#characters
    this.#records = []
    this.#characters = 0
    // Out of the replay's frame: the store's own work is no part of what is replayed.
    return runInFrame(undefined, () => this.#writer.write(records, characters))
  }
}
