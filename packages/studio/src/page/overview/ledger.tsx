import type { UsageRow } from '@runtape/core/store'
import { duration, share, unknown, whole } from '../numbers/amounts.ts'
import { Amount } from '../parts/amount.tsx'

interface LedgerProps {
  readonly name: string
  readonly dimension: string
  readonly rows: readonly UsageRow[]
  readonly total: UsageRow | undefined
  linkOf(value: string): string
}

/** A bill by one cut. Its last row is the figure at the top: the store's sum, not the page's. */
export function Ledger({ name, dimension, rows, total, linkOf }: LedgerProps) {
  const most = Math.max(1, ...rows.map(({ runs }) => runs))
  return (
    <div class="scroll">
      <table class="ledger">
        <thead>
          <tr>
            <th scope="col">{name}</th>
            <td />
            {['runs', 'success', 'thumbs ↓ / ↑', 'tokens in', 'tokens out', 'cost', 'p50', 'p95'].map(
              heading => (
                <th scope="col" key={heading}>
                  {heading}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>
          {rows.map(row => (
            <tr key={keyOf(row, dimension)}>
              <th scope="row">
                {row.rest === undefined ? (
                  <a href={linkOf(valueOf(row, dimension))}>
                    <bdi>{valueOf(row, dimension) || unknown}</bdi>
                  </a>
                ) : (
                  `${whole(row.rest)} others`
                )}
              </th>
              <td aria-hidden="true">
                <meter min={0} max={most} value={row.runs} />
              </td>
              <Cells row={row} />
            </tr>
          ))}
        </tbody>
        {total && (
          <tfoot>
            <tr>
              <th scope="row">total</th>
              <td aria-hidden="true" />
              <Cells row={total} />
            </tr>
          </tfoot>
        )}
      </table>
    </div>
  )
}

const valueOf = ({ group }: UsageRow, dimension: string): string =>
  (group as Readonly<Record<string, string | undefined>>)[dimension] ?? ''

const keyOf = (row: UsageRow, dimension: string): string =>
  row.rest === undefined ? `value ${valueOf(row, dimension)}` : 'rest'

const Cells = ({ row }: { row: UsageRow }) => (
  <>
    <td>{whole(row.runs)}</td>
    <td>{share(row.succeeded, row.succeeded + row.failed)}</td>
    <td>
      {whole(row.negative)} <span class="soft">/ {whole(row.positive)}</span>
    </td>
    <td>{whole(row.tokens?.input)}</td>
    <td>{whole(row.tokens?.output)}</td>
    <td>
      <Amount nanoUsd={row.cost?.nanoUsd} />
    </td>
    <td>{duration(row.durationMs?.p50)}</td>
    <td>{duration(row.durationMs?.p95)}</td>
  </>
)
