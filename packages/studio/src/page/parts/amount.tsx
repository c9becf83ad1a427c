import { money } from '../numbers/amounts.ts'

/** An exact amount: what is read first in ink, the rest soft. */
export function Amount({ nanoUsd, heads }: { nanoUsd: number | undefined; heads?: number }) {
  const { head, rest } = money(nanoUsd, heads)
  return (
    <span class="amount">
      {head}
      {rest !== '' && <span class="soft">{rest}</span>}
    </span>
  )
}
