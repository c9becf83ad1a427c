import type { RunRow, UsageRow } from '@runtape/core/store'
import { useEffect, useState } from 'preact/hooks'
import { parameter, setParameters } from '../address/address.ts'
import { wholeFilter, zone } from '../address/selection.ts'
import { useQuestion } from '../api/question.ts'
import { duration, whole } from '../numbers/amounts.ts'
import { exactTime, listTime } from '../numbers/times.ts'
import { Amount } from '../parts/amount.tsx'
import { VirtualList } from '../parts/virtual-list.tsx'
import { keysOf } from './keys.ts'
import { useRuns } from './run-pages.ts'

const sorts = ['time', 'cost', 'tokens', 'duration'] as const

/** The runs of a filter, sorted by the store over all of them. */
export function Runs() {
  const where = wholeFilter()
  const sort = sorts.find(one => one === parameter('sort')) ?? 'time'
  const { loaded, more } = useRuns({ where, sort })
  const total = useQuestion<UsageRow[]>(['usage'], { where })
  const [selected, select] = useState(-1)
  useEffect(() => select(-1), [where, sort])
  useEffect(() => keysOf({ count: loaded.rows.length, select }), [loaded.rows.length])
  const { problem } = loaded
  return (
    <main class="runs" aria-busy={loaded.isWaiting}>
      <h1 class="unseen">Runs</h1>
      {problem && <output class="problem wide">{problem.message}</output>}
      <div class="run-heads">
        <Head name={`Started (${zone()})`} sort="time" chosen={sort} />
        <span>Asked</span>
        <span>Customer</span>
        <Head name="Tokens" sort="tokens" chosen={sort} />
        <Head name="Cost" sort="cost" chosen={sort} />
        <Head name="Duration" sort="duration" chosen={sort} />
        <span />
      </div>
      <VirtualList
        label="Runs"
        count={loaded.rows.length}
        rowHeight={30}
        selected={selected}
        row={index => <RunLine run={loaded.rows[index]} />}
        onEnd={more}
      />
      {!loaded.isWaiting && loaded.rows.length === 0 && !problem && (
        <p class="empty">No run matches this filter.</p>
      )}
      <footer class="foot">
        <span>
          {whole(total.answer?.[0]?.runs)} runs <Amount nanoUsd={total.answer?.[0]?.cost?.nanoUsd} />
        </span>
        <span class="keys">
          <kbd>j</kbd> <kbd>k</kbd> move <kbd>/</kbd> filter
        </span>
      </footer>
    </main>
  )
}

function Head({ name, sort, chosen }: { name: string; sort: string; chosen: string }) {
  const isChosen = sort === chosen
  return (
    <button
      type="button"
      aria-pressed={isChosen}
      onClick={() => setParameters({ sort: sort === 'time' ? undefined : sort })}
    >
      {name}
      {isChosen && ' ↓'}
    </button>
  )
}

const marks: Readonly<Record<string, string>> = { error: '✗', cancelled: '⊘', unfinished: '◌' }

function RunLine({ run }: { run: RunRow | undefined }) {
  if (!run) return null
  const { preview, outcome, feedback } = run
  return (
    <>
      <time title={exactTime(run.firstAt)}>
        {listTime(run.firstAt, zone())} <b class={outcome}>{marks[outcome] ?? ''}</b>
      </time>
      <bdi class="asked">{preview?.asked ?? <span class="soft">not traced</span>}</bdi>
      <bdi>{run.context?.key ?? ''}</bdi>
      <span class="number">{whole(run.tokens?.total)}</span>
      <span class="number">
        <Amount nanoUsd={run.nanoUsd} heads={6} />
      </span>
      <span class="number">{duration(run.durationMs)}</span>
      <span class={`thumb ${feedback ?? ''}`}>
        {feedback === 'negative' ? '↓ down' : feedback === 'positive' ? '↑ up' : ''}
      </span>
    </>
  )
}
