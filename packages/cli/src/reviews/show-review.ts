import type { QueueItem, Review, ReviewProgress } from '@runtape/core/store'
import { type Columns, csvTime, recordsAsCsv } from '../terminal/records-as-csv.ts'
import { showCount, showText, showTime } from '../terminal/show.ts'
import { green, red } from '../terminal/style.ts'
import { table } from '../terminal/table.ts'

export const verdictText = ({ pass }: Pick<Review, 'pass'>): string =>
  pass === undefined ? '–' : pass ? green('pass') : red('fail')

const scoresText = ({ scores = {} }: Review): string =>
  Object.entries(scores)
    .map(([name, score]) => `${name} ${score}`)
    .join(', ')

const stateText = ({ withdrawn }: Review): string => (withdrawn ? `withdrawn ${showTime(withdrawn.at)}` : '')

/** Reviews in a table; with their state if the history is shown. */
export function reviewsTable(reviews: readonly Review[], withState: boolean): string {
  const headings = ['reviewed (UTC)', 'run or trace', 'by', 'verdict', 'scores', 'comment']
  const rows = reviews.map(review => [
    showTime(review.at),
    showText(review.runId ?? review.traceId ?? '', 40),
    showText(review.by, 30),
    verdictText(review),
    showText(scoresText(review), 60),
    showText(review.comment ?? '', 80),
    ...(withState ? [stateText(review)] : []),
  ])
  return table(withState ? [...headings, 'state'] : headings, rows)
}

export const queueTable = (items: readonly QueueItem[]): string =>
  table(
    ['at (UTC)', 'run or trace', 'asked', 'claimed by'],
    items.map(({ at, runId, traceId = '', preview, claim }) => [
      showTime(at),
      showText(runId ?? traceId, 40),
      showText(preview?.asked ?? '', 60),
      claim ? showText(`${claim.by}, until ${showTime(claim.until).slice(11)}`, 60) : '',
    ]),
  )

export const progressLine = ({ total, reviewed }: ReviewProgress): string =>
  `${showCount(reviewed)} of ${showCount(total)} reviewed`

const queueColumns: Columns<QueueItem> = {
  at: ({ at }) => csvTime(at),
  runId: ({ runId }) => runId,
  traceId: ({ traceId }) => traceId,
  asked: ({ preview }) => preview?.asked,
  answered: ({ preview }) => preview?.answered,
  claimedBy: ({ claim }) => claim?.by,
}

export const queueAsCsv = (items: readonly QueueItem[]): string => recordsAsCsv(queueColumns, items)
