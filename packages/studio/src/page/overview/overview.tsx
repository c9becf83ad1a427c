import { formatFilter } from '@runtape/core/filter'
import type { UsageRow } from '@runtape/core/store'
import { linkTo, parameter, setParameters } from '../address/address.ts'
import { period, readFilter, wholeFilter, withoutPeriod, zone } from '../address/selection.ts'
import { useQuestion } from '../api/question.ts'
import { Choice } from '../frame/filter-bar.tsx'
import { whole } from '../numbers/amounts.ts'
import { listTime } from '../numbers/times.ts'
import { Bars } from '../parts/bars.tsx'
import { Figures } from './figures.tsx'
import { Ledger } from './ledger.tsx'
import { barsOf, grainOf, timeCut } from './series.ts'

const cuts = ['variation', 'config', 'model', 'provider', 'customer', 'version'] as const
const dimensionOf = (cut: string): string => (cut === 'customer' ? 'contextKey' : cut)

/** What happened, what it cost, and what needs a look. */
export function Overview() {
  const revision = useQuestion<string>(['revision'], {})
  const where = wholeFilter()
  const cut = cuts.find(one => one === parameter('by')) ?? 'variation'
  const grain = grainOf(period())
  // All at one revision, so that they agree.
  const at = { where, ...(revision.answer && { asOf: revision.answer }) }
  const total = useQuestion<UsageRow[]>(['usage'], at)
  const series = useQuestion<UsageRow[]>(['usage'], { ...at, ...timeCut(grain, zone()) })
  const rows = useQuestion<UsageRow[]>(['usage'], {
    ...at,
    groupBy: [dimensionOf(cut)],
    orderBy: 'runs',
    limit: 50,
  })
  const problem = total.problem ?? series.problem ?? rows.problem
  const rest = formatFilter(withoutPeriod(readFilter().terms))
  return (
    <main class="overview" aria-busy={total.isWaiting}>
      <h1 class="unseen">Overview</h1>
      {problem && <output class="problem wide">{problem.message}</output>}
      <Figures total={total.answer?.[0]} />
      <section class="chart" aria-label="Runs over time">
        <h2>
          Runs <span class="failed-key">failed</span>
          <span class="soft right">
            by {grain}, {zone()}
          </span>
        </h2>
        <Bars
          bars={barsOf(series.answer ?? [], grain, rest)}
          height={160}
          say={({ label, value, failed = 0 }) =>
            `${listTime(Date.parse(label), zone())}: ${whole(value)} runs, ${whole(failed)} failed`
          }
        />
      </section>
      <section class="ledger-part">
        <h2>
          Usage by
          <Choice label="Cut" values={cuts} chosen={cut} choose={by => setParameters({ by })} />
        </h2>
        <Ledger
          name={cut}
          dimension={dimensionOf(cut)}
          rows={rows.answer ?? []}
          total={total.answer?.[0]}
          linkOf={value => linkTo('/runs', { q: `${parameter('q')} ${filterOf(cut, value)}`.trim() })}
        />
        <p class="soft">
          Counted once per run, to the last unit. Replays are not in it. Cut at {zone()} boundaries.{' '}
          <code>runtape usage --by {dimensionOf(cut)}</code> gives the same rows.
        </p>
      </section>
    </main>
  )
}

const filterOf = (cut: string, value: string): string =>
  `${cut === 'customer' ? 'user' : cut}:${/[\s",:*]/.test(value) || value === '' ? JSON.stringify(value) : value}`
