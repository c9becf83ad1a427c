import type { UsageRow } from '@runtape/core/store'
import type { ComponentChildren } from 'preact'
import { duration, figure, share, unknown, whole } from '../numbers/amounts.ts'
import { Amount } from '../parts/amount.tsx'

/** The seven figures of a period. */
export function Figures({ total }: { total: UsageRow | undefined }) {
  if (!total) return <Waiting />
  const { runs, cost, tokens, durationMs, timeToFirstTokenMs } = total
  const ended = total.succeeded + total.failed
  return (
    <dl class="figures">
      <Figure name="Runs" more={unendedOf(total)}>
        <span title={whole(runs)}>{figure(runs)}</span>
      </Figure>
      <Figure name="Cost" more={unpricedOf(total)}>
        <Amount nanoUsd={cost?.nanoUsd} />
      </Figure>
      <Figure name="Tokens" more={`${figure(tokens?.input)} in, ${figure(tokens?.output)} out`}>
        <span title={whole(tokens?.total)}>{figure(tokens?.total)}</span>
      </Figure>
      <Figure name="Success" more={`${whole(total.failed)} failed`}>
        {share(total.succeeded, ended)}
      </Figure>
      <Figure name="Feedback" more={`${whole(total.positive)} up`}>
        {whole(total.negative)} <small>down</small>
      </Figure>
      <Figure name="Duration" more={`p95 ${duration(durationMs?.p95)}`}>
        {duration(durationMs?.p50)} <small>p50</small>
      </Figure>
      <Figure name="First token" more={`p95 ${duration(timeToFirstTokenMs?.p95)}`}>
        {duration(timeToFirstTokenMs?.p50)} <small>p50</small>
      </Figure>
    </dl>
  )
}

const unendedOf = ({ unfinished, cancelled }: UsageRow): string =>
  [`${whole(unfinished)} unfinished`, ...(cancelled > 0 ? [`${whole(cancelled)} cancelled`] : [])].join(', ')

const unpricedOf = ({ cost, unknownUsageRuns }: UsageRow): string => {
  const unpriced = (cost?.unpricedRuns ?? 0) + unknownUsageRuns
  return unpriced === 0 ? 'every run has a price' : `${whole(unpriced)} without a price or usage`
}

interface FigureProps {
  readonly name: string
  readonly more: string
  readonly children: ComponentChildren
}

const Figure = ({ name, more, children }: FigureProps) => (
  <div>
    <dt>{name}</dt>
    <dd class="value">{children}</dd>
    <dd class="more">{more}</dd>
  </div>
)

const names = ['Runs', 'Cost', 'Tokens', 'Success', 'Feedback', 'Duration', 'First token']

// Of the size of the figures, so that nothing moves when they come.
const Waiting = () => (
  <dl class="figures">
    {names.map(name => (
      <Figure key={name} name={name} more={unknown}>
        …
      </Figure>
    ))}
  </dl>
)
