// A class that opens a connection in its constructor, declared `mockOnReplay`: construction is not recorded.
import { traced } from '@runtape/trace'
import type { Application } from '../support/application.ts'
import { effect } from '../support/effects.ts'

class PlainConnection {
  readonly url: string
  constructor(url: string) {
    effect('connection opened')
    this.url = url
  }
  read(id: string): string {
    return `${this.url}/${id}`
  }
}
const Connection = traced(
  'db.connection',
  { mockOnReplay: true },
  PlainConnection as never,
) as unknown as typeof PlainConnection

const load = traced('db.load', async (id: string) => new Connection('db://orders').read(id))

export const application: Application = {
  name: 'a class that must not be made in a replay',
  entry: load,
  inputs: [['A-1'], ['A-2']],
  unchanged: { reports: { outcome: 'failed', missed: ['db.connection'] }, reason: /no such call is left/ },
  change: { make: () => () => {}, reports: { outcome: 'failed', missed: ['db.connection'] } },
}
