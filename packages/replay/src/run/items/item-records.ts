import type { Sink, SpanRecord, TapeRecord } from '@runtape/core'
import { runInFrame, whenHandedOver } from '@runtape/core/internal'
import type { ModelCalls } from '../../limits/model-calls.ts'
import { withoutLargeOutput } from '../../match/deferred-outputs.ts'
import type { RecordWriter } from '../../test-run/record-writer.ts'

/** How many characters of payloads an item buffers until it has ended. */
const mostKept = 2_000_000

/** Records of one replayed trace: written together when it has ended; large ones are written earlier, late ones as they come. */
export class ItemRecords implements Sink {
  readonly #writer: RecordWriter
  readonly #calls: ModelCalls | undefined
  readonly #spans: SpanRecord[] = []
  readonly #written: Promise<void>[] = []
  #records: TapeRecord[] = []
  #characters = 0
  #hasEnded = false

  /** @param calls receives the spans as they end */
  constructor(writer: RecordWriter, calls?: ModelCalls) {
    this.#writer = writer
    this.#calls = calls
  }

  append(record: TapeRecord): void {
    this.#records.push(record)
    if (this.#calls && record.kind === 'span') this.#calls.add(record)
    if (this.#hasEnded) return void this.#write()
    if (record.kind !== 'span') return
    this.#spans.push(withoutLargeOutput(record))
    this.#characters += record.input.json.length + (record.output?.json.length ?? 0)
    if (this.#characters > mostKept) this.#written.push(this.#write())
  }

  /** Writes the current records, and passes on the spans: without large outputs, except for the root's. */
  async keep(): Promise<readonly SpanRecord[]> {
    await whenHandedOver()
    this.#hasEnded = true
    this.#calls?.end()
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
    // Outside the replay's frame: the store's own work is not part of the replay.
    return runInFrame(undefined, () => this.#writer.write(records, characters))
  }
}
