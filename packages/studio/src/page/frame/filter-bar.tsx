import { formatTerm } from '@runtape/core/filter'
import { useState } from 'preact/hooks'
import { setParameters } from '../address/address.ts'
import {
  checkedFilter,
  filterText,
  period,
  readFilter,
  setFilter,
  setPeriod,
  withoutPeriod,
  zone,
} from '../address/selection.ts'

const periods = ['1d', '7d', '14d', '90d']

/** The filter as chips and as text, the period, and the zone. */
export function FilterBar() {
  const { terms, ...read } = readFilter()
  const problem = 'problem' in read ? read.problem : undefined
  const chips = withoutPeriod(terms)
  const remove = (index: number) => setFilter(terms.filter(term => term !== chips[index]))
  return (
    <search class="filter-bar">
      {chips.map((term, index) => (
        <button key={formatTerm(term)} type="button" class="chip" onClick={() => remove(index)}>
          <bdi>{formatTerm(term)}</bdi>
          <span aria-hidden="true">×</span>
          <span class="unseen">remove</span>
        </button>
      ))}
      <FilterInput isFirst={chips.length === 0} problem={problem} />
      <Choice label="Period" values={periods} chosen={period()} choose={setPeriod} />
      <Choice
        label="Time zone"
        values={['UTC', 'local']}
        chosen={zone()}
        choose={tz => setParameters({ tz: tz === 'local' ? tz : undefined })}
      />
    </search>
  )
}

function FilterInput({ isFirst, problem }: { isFirst: boolean; problem: string | undefined }) {
  const [said, setSaid] = useState<string>()
  const add = (event: SubmitEvent) => {
    event.preventDefault()
    const input = (event.currentTarget as HTMLFormElement).elements.namedItem('filter') as HTMLInputElement
    try {
      setFilter([...readFilter().terms, ...checkedFilter(input.value)])
      input.value = ''
      setSaid(undefined)
    } catch (error) {
      setSaid((error as Error).message)
    }
  }
  const shown = said ?? problem
  return (
    <form class="filter-form" onSubmit={add as never}>
      <input
        name="filter"
        id="filter"
        aria-label="Filter"
        autocomplete="off"
        spellcheck={false}
        placeholder={
          isFirst ? 'Filter: feedback:negative model:gpt-* cost>0.02 since:7d "late order"' : 'and …'
        }
        aria-invalid={shown !== undefined}
      />
      {shown !== undefined && <output class="problem">{shown}</output>}
      {problem !== undefined && <code class="problem">{filterText()}</code>}
    </form>
  )
}

interface ChoiceProps {
  readonly label: string
  readonly values: readonly string[]
  readonly chosen: string
  choose(value: string): void
}

export function Choice({ label, values, chosen, choose }: ChoiceProps) {
  return (
    <fieldset class="choice" aria-label={label}>
      {values.map(value => (
        <button key={value} type="button" aria-pressed={value === chosen} onClick={() => choose(value)}>
          {value}
        </button>
      ))}
    </fieldset>
  )
}
