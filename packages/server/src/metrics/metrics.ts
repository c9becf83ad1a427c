import type { AppendReceipt } from '@runtape/core/store'

/** Upper bounds of the buckets of a request's time, in seconds. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Counts of one project, in the text format of Prometheus. */
export class Metrics {
  readonly #requests = new Map<string, number>()
  readonly #times = new Map<string, { readonly counts: number[]; sum: number; count: number }>()
  readonly #clientEvents = new Map<string, number>()
  readonly #records = { accepted: 0, duplicate: 0, conflict: 0 }

  /** @param route the pattern, never the address: an address names runs */
  answered(route: string, status: number, seconds: number): void {
    const labels = `route="${route}",status="${status}"`
    this.#requests.set(labels, (this.#requests.get(labels) ?? 0) + 1)
    const time = this.#times.get(route) ?? { counts: buckets.map(() => 0), sum: 0, count: 0 }
    this.#times.set(route, time)
    for (const [index, most] of buckets.entries())
      if (seconds <= most) time.counts[index] = (time.counts[index] ?? 0) + 1
    time.sum += seconds
    time.count++
  }

  appended({ accepted, duplicates, conflicts }: AppendReceipt): void {
    this.#records.accepted += accepted
    this.#records.duplicate += duplicates
    this.#records.conflict += conflicts
  }

  /** @param route of the client that sent them */
  noted(route: string, result: string, count: number): void {
    const labels = `route="${route}",result="${result}"`
    if (count > 0) this.#clientEvents.set(labels, (this.#clientEvents.get(labels) ?? 0) + count)
  }

  toText(): string {
    return [
      ...metric('runtape_requests_total', 'counter', 'Requests by route and status.', this.#requests),
      ...metric(
        'runtape_records_total',
        'counter',
        'Appended records by result.',
        Object.entries(this.#records).map(([result, count]) => [`result="${result}"`, count]),
      ),
      ...metric(
        'runtape_client_events_total',
        'counter',
        'Events of other clients by what became of them.',
        this.#clientEvents,
      ),
      '# HELP runtape_request_seconds Time of requests.',
      '# TYPE runtape_request_seconds histogram',
      ...[...this.#times].flatMap(([route, time]) => timeLines(route, time)),
      '',
    ].join('\n')
  }
}

function metric(
  name: string,
  type: string,
  help: string,
  values: Iterable<readonly [labels: string, value: number]>,
): string[] {
  const lines = [...values].map(([labels, value]) => `${name}{${labels}} ${value}`)
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines]
}

function timeLines(
  route: string,
  {
    counts,
    sum,
    count,
  }: { readonly counts: readonly number[]; readonly sum: number; readonly count: number },
): string[] {
  const name = 'runtape_request_seconds'
  const of = (most: number | string, value: number) =>
    `${name}_bucket{route="${route}",le="${most}"} ${value}`
  return [
    ...buckets.map((most, index) => of(most, counts[index] ?? 0)),
    of('+Inf', count),
    `${name}_sum{route="${route}"} ${sum}`,
    `${name}_count{route="${route}"} ${count}`,
  ]
}
